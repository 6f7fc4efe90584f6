package io.flowblend.api;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.media.Schema;

/** Writes into the OpenAPI document what each field of an answer is, from {@code openapi/fields.properties}. */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class FieldDescriptions implements OASFilter {
    private static final String FILE = "/openapi/fields.properties";

    private final Properties lines = new Properties();

    public FieldDescriptions() {
        try (Reader reader = new InputStreamReader(
                Objects.requireNonNull(FieldDescriptions.class.getResourceAsStream(FILE)), StandardCharsets.UTF_8)) {
            lines.load(reader);
        } catch (IOException e) {
            throw new IllegalStateException(FILE + " cannot be read", e);
        }
    }

    @Override
    public void filterOpenAPI(OpenAPI document) {
        document.getComponents().getSchemas().forEach(this::describe);
    }

    private void describe(String name, Schema schema) {
        Optional.ofNullable(schema.getProperties()).orElse(Map.of()).forEach((field, property) -> {
            String own = lines.getProperty(name + "." + field);
            String line = own == null ? lines.getProperty("*." + field) : own;
            if (line != null && (own != null || property.getDescription() == null)) {
                describe(property, line.split(" \\| ", 2));
            }
        });
    }

    /** @param parts words and, where there is one, the range: {@code LOW..HIGH}, either of which may be left out */
    private static void describe(Schema property, String[] parts) {
        property.setDescription(parts[0]);
        if (parts.length == 2) {
            String[] ends = parts[1].strip().split("\\.\\.", -1);
            if (!ends[0].isEmpty()) {
                property.setMinimum(new BigDecimal(ends[0]));
            }
            if (!ends[1].isEmpty()) {
                property.setMaximum(new BigDecimal(ends[1]));
            }
        }
    }
}
