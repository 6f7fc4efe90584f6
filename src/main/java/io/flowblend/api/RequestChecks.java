package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with a request by its address and its headers alone, said before anything else looks at them. */
final class RequestChecks {
    /** Characters of an address; the HTTP layer itself reads some more than that. */
    private static final int LONGEST_ADDRESS = 8 * 1024;
    /** Characters of all headers together. */
    private static final int LONGEST_HEADERS = 16 * 1024;

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final String PARAMETERS = "(\\s*;\\s*(" + TOKEN + "=(" + TOKEN + "|\"[^\"]*\"|[^\\s;,\"]*))?)*\\s*";
    private static final Pattern MEDIA_TYPE = Pattern.compile("\\s*" + TOKEN + "/" + TOKEN + PARAMETERS);
    private static final String RANGE = "\\s*(" + TOKEN + "/" + TOKEN + "|\\*)" + PARAMETERS;
    private static final Pattern MEDIA_RANGES = Pattern.compile(RANGE + "(," + RANGE + ")*");
    private static final Pattern QUALITY =
            Pattern.compile("(?i);\\s*qs?=(?!(0(\\.\\d{0,3})?|1(\\.0{0,3})?)\\s*([;,]|$))");
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0a-\\x1f\\x7f]");

    private RequestChecks() {}

    /** @throws ApiError 400, 406, 413, 414, 415 or 431 */
    static void check(HttpServerRequest request, long maxBodySize) {
        checkAddress(request.uri());
        checkHeaders(request);
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (type != null && !MEDIA_TYPE.matcher(type).matches()) {
            throw HttpErrors.forStatus(415);
        }
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        if (accept != null
                && !accept.isBlank()
                && (!MEDIA_RANGES.matcher(accept).matches()
                        || QUALITY.matcher(accept).find())) {
            throw ApiError.of(400, "malformed_header", "The header 'Accept' is malformed.");
        }
        checkLength(request.getHeader(HttpHeaders.CONTENT_LENGTH), maxBodySize);
    }

    private static void checkAddress(String address) {
        if (address.length() > LONGEST_ADDRESS) {
            throw HttpErrors.forStatus(414);
        }
        try {
            URI ignored = new URI(address);
        } catch (URISyntaxException e) {
            throw HttpErrors.forStatus(400);
        }
        if (address.contains("%00")) {
            throw HttpErrors.forStatus(400);
        }
    }

    private static void checkHeaders(HttpServerRequest request) {
        int length = 0;
        for (Map.Entry<String, String> header : request.headers()) {
            length += header.getKey().length() + header.getValue().length();
            if (CONTROL.matcher(header.getValue()).find()) {
                throw ApiError.of(400, "malformed_header", "A header has a control character in its value.");
            }
        }
        if (length > LONGEST_HEADERS) {
            throw HttpErrors.forStatus(431);
        }
    }

    private static void checkLength(@Nullable String length, long maxBodySize) {
        if (length == null) {
            return;
        }
        if (!length.matches("\\d+")) {
            throw HttpErrors.forStatus(400);
        }
        if (length.length() > 18 || Long.parseLong(length) > maxBodySize) {
            throw HttpErrors.bodyTooLarge(maxBodySize);
        }
    }
}
