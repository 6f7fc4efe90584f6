package io.flowblend.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.flowblend.calibration.PairKnowledge;
import io.flowblend.file.InvalidFileException;
import java.util.stream.Collectors;

/** All that is known about a pair, as the database keeps it: exactly the components of the records, read strictly. */
final class KnowledgeJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private KnowledgeJson() {}

    static String write(PairKnowledge knowledge) {
        try {
            return MAPPER.writeValueAsString(knowledge);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what is known of " + knowledge.pair() + " cannot be written as JSON", e);
        }
    }

    /** @throws InvalidFileException naming the row and the field */
    static PairKnowledge read(String pair, String json) {
        String place = "calibrations row '" + pair + "'";
        PairKnowledge knowledge;
        try {
            knowledge = MAPPER.readValue(json, PairKnowledge.class);
        } catch (JsonMappingException e) {
            String field = e.getPath().stream()
                    .map(part -> part.getFieldName() == null ? String.valueOf(part.getIndex()) : part.getFieldName())
                    .collect(Collectors.joining("."));
            throw new InvalidFileException(
                    place,
                    "'" + field + "' is not as expected: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""));
        } catch (JsonProcessingException e) {
            throw new InvalidFileException(place, "is not JSON");
        }
        if (!knowledge.pair().equals(pair)) {
            throw new InvalidFileException(place, "'pair' must be '" + pair + "', not '" + knowledge.pair() + "'");
        }
        return knowledge;
    }
}
