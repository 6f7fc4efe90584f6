package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.PathPart;

/**
 * A file as an HTTP answer, whole or a single byte range of it (RFC 9110, sections 13 and 14). Several ranges at once
 * are answered with the whole file, as the RFC allows.
 *
 * @param type media type
 * @param name file name for whoever saves it
 * @param etag strong entity tag, quoted; the files never change
 */
record FileContent(Path path, String type, String name, String etag) {
    private static final Pattern RANGE = Pattern.compile("\\s*bytes\\s*=\\s*(\\d{0,18})\\s*-\\s*(\\d{0,18})\\s*");

    /** The header values of a request that decide what of a file is sent. */
    record Conditions(Optional<String> range, Optional<String> ifRange, Optional<String> ifNoneMatch) {}

    private record Range(long first, long last) {}

    Response answer(Conditions conditions) {
        if (conditions.ifNoneMatch().filter(this::matchesWeakly).isPresent()) {
            return headers(Response.notModified()).build();
        }
        long size = size();
        Optional<Matcher> range = conditions
                .range()
                .filter(value -> conditions.ifRange().map(etag::equals).orElse(true))
                .map(RANGE::matcher)
                .filter(Matcher::matches)
                .filter(matcher ->
                        !(matcher.group(1).isEmpty() && matcher.group(2).isEmpty()))
                .filter(FileContent::isOrdered);
        if (range.isEmpty()) {
            return bytes(Response.ok(), new Range(0, size - 1)).build();
        }
        Range part = part(range.get(), size)
                .orElseThrow(() -> ApiError.of(416, "range_not_satisfiable", "The file has " + size + " bytes.")
                        .with("Content-Range", "bytes */" + size));
        return bytes(Response.status(206), part)
                .header("Content-Range", "bytes " + part.first() + "-" + part.last() + "/" + size)
                .build();
    }

    /** A part even where it is the whole: given a plain path, the HTTP layer would apply the range once more. */
    private Response.ResponseBuilder bytes(Response.ResponseBuilder response, Range part) {
        long length = part.last() - part.first() + 1;
        return headers(response.entity(new PathPart(path, part.first(), length)))
                .header("Content-Length", length);
    }

    private Response.ResponseBuilder headers(Response.ResponseBuilder response) {
        return response.type(type)
                .header("ETag", etag)
                .header("Accept-Ranges", "bytes")
                .header("Cache-Control", "private, no-cache")
                .header("Content-Disposition", "inline; filename=\"" + name + "\"");
    }

    private boolean matchesWeakly(String ifNoneMatch) {
        if (ifNoneMatch.strip().equals("*")) {
            return true;
        }
        for (String tag : ifNoneMatch.split(",", -1)) {
            if (tag.strip().replaceFirst("^W/", "").equals(etag)) {
                return true;
            }
        }
        return false;
    }

    /** A last byte before the first makes a range invalid, and an invalid one is as if it were not there. */
    private static boolean isOrdered(Matcher range) {
        return range.group(1).isEmpty()
                || range.group(2).isEmpty()
                || Long.parseLong(range.group(1)) <= Long.parseLong(range.group(2));
    }

    private static Optional<Range> part(Matcher range, long size) {
        if (range.group(1).isEmpty()) {
            long suffix = Math.min(size, Long.parseLong(range.group(2)));
            return suffix == 0 ? Optional.empty() : Optional.of(new Range(size - suffix, size - 1));
        }
        long first = Long.parseLong(range.group(1));
        long last = range.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(range.group(2)));
        return first >= size ? Optional.empty() : Optional.of(new Range(first, last));
    }

    private long size() {
        try {
            return Files.size(path);
        } catch (IOException e) {
            throw ApiError.of(404, "content_not_found", "The file is no longer there.");
        }
    }
}
