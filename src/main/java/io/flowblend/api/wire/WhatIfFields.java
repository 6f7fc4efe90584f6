package io.flowblend.api.wire;

import io.flowblend.tuning.Profiles;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The request that tries an edited tuning profile on finished videos.
 *
 * @param model id of the pair; empty if there is one
 * @param edit the profile
 * @param videos how many of the newest are looked at
 */
public record WhatIfFields(Optional<String> model, ProfileEdit edit, int videos) {
    private static final int USUAL = 50;
    private static final int MOST = 200;

    /** As the OpenAPI document has it. */
    @Schema(name = "WhatIf")
    public record Document(
            @Schema(description = "Id of the pair; may be left out where there is one", examples = "glyphs")
                    String model,
            @Schema(
                            description = "Profile that the keys change; the active one if it is left out",
                            examples = "balanced")
                    String profile,
            @Schema(
                            type = SchemaType.OBJECT,
                            implementation = Object.class,
                            description = "Keys that differ, in snake case",
                            examples = "{\"longest_reuse\": 0.05}")
                    Object settings,
            @Schema(
                            description = "How many of the newest completed videos of the pair are looked at",
                            minimum = "1",
                            maximum = "200",
                            defaultValue = "50")
                    int videos) {}

    /** @throws ApiError naming the field that cannot be done */
    public static WhatIfFields read(RequestBody body, Profiles.InForce profiles) {
        VideoFields.refuseUnknown(body, Set.of("model", "profile", "settings", "videos"));
        FieldReader fields = new FieldReader(body);
        int videos = fields.integer("videos").orElse(USUAL);
        if (videos < 1 || videos > MOST) {
            throw ApiError.invalid("videos", "invalid_value", "'videos' has to be an integer from 1 to " + MOST + ".");
        }
        return new WhatIfFields(fields.text("model"), ProfileEdit.read(body, "profile", profiles), videos);
    }
}
