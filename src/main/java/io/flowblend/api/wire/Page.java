package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list.
 *
 * @param firstId id of the first of {@code data}, null if there is none
 * @param hasMore whether another page follows {@code lastId}
 */
@JsonNaming(SnakeCaseStrategy.class)
public record Page<T>(
        String object,
        List<T> data,
        @Schema(nullable = true) @Nullable String firstId,
        @Schema(nullable = true) @Nullable String lastId,
        boolean hasMore) {

    public static <T> Page<T> of(List<T> data, boolean hasMore, Function<T, String> id) {
        String first = data.isEmpty() ? null : id.apply(data.get(0));
        String last = data.isEmpty() ? null : id.apply(data.get(data.size() - 1));
        return new Page<>("list", data, first, last, hasMore);
    }
}
