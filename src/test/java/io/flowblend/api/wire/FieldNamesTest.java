package io.flowblend.api.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FieldNamesTest {
    @Test
    void describesEveryFieldThatIsReadAndNoOther() {
        Set<String> described = Arrays.stream(CreateVideo.class.getRecordComponents())
                .map(component -> Optional.ofNullable(component.getAccessor().getAnnotation(JsonProperty.class))
                        .map(JsonProperty::value)
                        .orElseGet(() ->
                                PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(component.getName())))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> read = new TreeSet<>(VideoFields.KNOWN);
        read.add("user");

        assertEquals(read, described);
    }

    @Test
    void measuresDistanceByInsertionsDeletionsAndReplacements() {
        assertEquals(3, Text.distance("kitten", "sitting"));
        assertEquals(0, Text.distance("seed", "seed"));
        assertEquals(4, Text.distance("", "seed"));
        assertEquals(Optional.of("seed"), Text.closest("sed", Set.of("seed", "size", "fps")));
        assertEquals(Optional.empty(), Text.closest("colour", Set.of("seed", "size", "fps")));
    }
}
