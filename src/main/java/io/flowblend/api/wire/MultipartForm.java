package io.flowblend.api.wire;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code multipart/form-data} (RFC 7578) that is in memory as a whole. Every mistake in it is an error of its own, so
 * that no form is taken in part.
 */
final class MultipartForm {
    /** More parts than all fields together need. */
    private static final int MOST_PARTS = 100;

    /** The field whose file is an image rather than text. */
    private static final String IMAGE = "input_reference";

    private static final int LONGEST_BOUNDARY = 70;
    private static final String LINE_END = "\r\n";
    private static final Pattern BOUNDARY = parameter("boundary");
    private static final Pattern CHARSET = parameter("charset");
    private static final Pattern NAME = parameter("name");
    private static final Pattern FILE_NAME = Pattern.compile("(?i);\\s*filename\\*?\\s*=");
    private static final Pattern FORM_DATA = Pattern.compile("(?i)\\s*form-data\\s*(;.*)?");

    private MultipartForm() {}

    private record Part(String name, boolean isFile, Charset charset, byte[] bytes) {}

    /** The fields as text; the image as a data URL. */
    static Map<String, String> read(String contentType, byte[] body) {
        String boundary = find(BOUNDARY, contentType)
                .filter(found -> found.length() <= LONGEST_BOUNDARY)
                .orElseThrow(() -> malformed(
                        "'Content-Type' has to name a boundary of at most " + LONGEST_BOUNDARY + " characters"));
        Map<String, String> texts = new TreeMap<>();
        for (Part part : parts(body, "--" + boundary)) {
            if (texts.containsKey(part.name())) {
                throw ApiError.invalid(
                        Text.shortened(part.name()), "repeated_field", "The field is given more than once.");
            }
            boolean isImage = part.name().equals(IMAGE) && part.isFile();
            texts.put(part.name(), isImage ? dataUrl(part.bytes()) : new String(part.bytes(), part.charset()));
        }
        return texts;
    }

    private static List<Part> parts(byte[] body, String delimiter) {
        // One character a byte, so that places in the text are places in the bytes.
        String text = LINE_END + new String(body, StandardCharsets.ISO_8859_1);
        String separator = LINE_END + delimiter;
        List<Part> parts = new ArrayList<>();
        int start = text.indexOf(separator);
        while (start >= 0) {
            int after = start + separator.length();
            if (text.startsWith("--", after)) {
                return parts;
            }
            int begin = text.indexOf(LINE_END, after);
            int end = text.indexOf(separator, after);
            if (begin < 0 || end < 0 || !text.substring(after, begin).isBlank()) {
                throw malformed("it ends before its last boundary");
            }
            if (parts.size() == MOST_PARTS) {
                throw malformed("it has more than " + MOST_PARTS + " parts");
            }
            parts.add(part(text.substring(begin, end), body, begin - LINE_END.length()));
            start = end;
        }
        throw malformed(parts.isEmpty() ? "its boundary is not in the body" : "it ends before its last boundary");
    }

    /** @param offset of {@code text} in {@code body} */
    private static Part part(String text, byte[] body, int offset) {
        int headerEnd = text.indexOf(LINE_END + LINE_END);
        if (headerEnd < 0) {
            throw malformed("a part has no headers");
        }
        String disposition = "";
        Charset charset = StandardCharsets.UTF_8;
        for (String line : text.substring(0, headerEnd).split(LINE_END, -1)) {
            int colon = line.indexOf(':');
            String header = colon < 0 ? "" : line.substring(0, colon).strip();
            String value = line.substring(colon + 1);
            if (header.equalsIgnoreCase("Content-Disposition")) {
                disposition = value;
            } else if (header.equalsIgnoreCase("Content-Type")) {
                charset = find(CHARSET, value).map(MultipartForm::charset).orElse(charset);
            } else if (header.equalsIgnoreCase("Content-Transfer-Encoding")
                    && !value.strip().matches("(?i)7bit|8bit|binary")) {
                throw malformed("the transfer encoding of a part has to be binary");
            }
        }
        if (!FORM_DATA.matcher(disposition).matches()) {
            throw malformed("a part has no 'Content-Disposition: form-data'");
        }
        String name = find(NAME, disposition)
                .filter(found -> !found.isEmpty())
                .orElseThrow(() -> malformed("a part has no name"));
        byte[] bytes = Arrays.copyOfRange(body, offset + headerEnd + 2 * LINE_END.length(), offset + text.length());
        String decoded = new String(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return new Part(decoded, FILE_NAME.matcher(disposition).find(), charset, bytes);
    }

    private static Charset charset(String name) {
        try {
            return Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw malformed("the charset '" + Text.shortened(name) + "' is not known");
        }
    }

    /** What an image is in a JSON body; what kind it is, its bytes say. */
    private static String dataUrl(byte[] image) {
        return "data:image/file;base64," + Base64.getEncoder().encodeToString(image);
    }

    private static Pattern parameter(String name) {
        return Pattern.compile("(?i);\\s*" + name + "\\s*=\\s*(?:\"([^\"]*)\"|([^;\\s\"]+))");
    }

    private static Optional<String> find(Pattern parameter, String header) {
        Matcher matcher = parameter.matcher(header);
        return matcher.find()
                ? Optional.of(matcher.group(1) == null ? matcher.group(2) : matcher.group(1))
                : Optional.empty();
    }

    private static ApiError malformed(String problem) {
        return ApiError.of(400, "malformed_body", "The form is malformed: " + problem + ".");
    }
}
