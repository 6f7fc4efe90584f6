package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import java.util.Optional;
import java.util.regex.Pattern;

/** The query parameters of a list. */
final class PageQuery {
    private static final int DEFAULT_LIMIT = 20;
    private static final int LARGEST_LIMIT = 100;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,3}");
    private static final Pattern ID = Pattern.compile("video_[0-9A-Z]{26}");

    private PageQuery() {}

    static int limit(Optional<String> text) {
        if (text.isEmpty()) {
            return DEFAULT_LIMIT;
        }
        int limit = NUMBER.matcher(text.get()).matches() ? Integer.parseInt(text.get()) : 0;
        if (limit < 1 || limit > LARGEST_LIMIT) {
            throw ApiError.invalid("limit", "invalid_value", "'limit' has to be an integer from 1 to 100.");
        }
        return limit;
    }

    static Optional<String> after(Optional<String> id) {
        if (id.isPresent() && !ID.matcher(id.get()).matches()) {
            throw ApiError.invalid("after", "invalid_value", "'after' has to be the id of a video.");
        }
        return id;
    }

    static boolean newestFirst(Optional<String> order) {
        return switch (order.orElse("desc")) {
            case "desc" -> true;
            case "asc" -> false;
            default -> throw ApiError.invalid("order", "invalid_value", "'order' has to be 'asc' or 'desc'.");
        };
    }
}
