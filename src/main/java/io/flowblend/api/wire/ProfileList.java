package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfile;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The tuning profiles in force.
 *
 * @param active name of the one for requests that name none
 * @param problem why the files as they are now are not in force; null if they are
 */
public record ProfileList(
        String object, String active, @Schema(nullable = true) @Nullable String problem, List<ProfileObject> data) {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    /** @param settings every key of the profile's file, in snake case */
    public record ProfileObject(
            String id,
            String object,
            boolean active,
            @Schema(type = SchemaType.OBJECT, implementation = Object.class) JsonNode settings) {}

    /** The request that chooses one. */
    @Schema(name = "ChooseProfile")
    public record Choice(@Schema(description = "Name of a tuning profile", required = true) String profile) {}

    /** The request that keeps an edited one. */
    @Schema(name = "KeepProfile")
    public record Keep(
            @Schema(
                            description = "Profile that the keys change; the active one if it is left out",
                            examples = "balanced")
                    String base,
            @Schema(
                            type = SchemaType.OBJECT,
                            implementation = Object.class,
                            description = "Keys that differ, in snake case")
                    Object settings) {}

    public static ProfileList of(Profiles.InForce inForce, Optional<String> problem) {
        String active = inForce.active().name();
        return new ProfileList(
                "list",
                active,
                problem.orElse(null),
                inForce.byName().values().stream()
                        .map(profile -> object(profile, profile.name().equals(active)))
                        .toList());
    }

    /** A profile's file has no groups. */
    private static void flatten(ObjectNode settings, String group) {
        settings.setAll((ObjectNode) settings.remove(group));
    }

    private static ProfileObject object(TuningProfile profile, boolean active) {
        return new ProfileObject(profile.name(), "profile", active, settings(profile));
    }

    /** Every key of a profile's file, in snake case. */
    static ObjectNode settings(TuningProfile profile) {
        ObjectNode settings = MAPPER.valueToTree(profile);
        settings.remove("name");
        flatten(settings, "limits");
        flatten(settings, "learning");
        return settings;
    }
}
