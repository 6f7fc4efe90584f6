package io.flowblend.experiment.newpair;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * The pair of a folder with a {@code pair.yaml}, such as TorchScript models or the checkpoints of a training, under an id that
 * nothing is known about.
 *
 * @param folder of the pair, stays where it is
 */
public record PairFolder(Path folder) implements NewPair {
    private static final String DESCRIPTION = "pair.yaml";
    private static final ObjectMapper YAML = new YAMLMapper();

    @Override
    public String id() {
        String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
        return "new-" + name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "-");
    }

    @Override
    public void write(Path dataDirectory, Path pairs) throws IOException {
        Path file = folder.resolve(DESCRIPTION);
        if (!Files.isRegularFile(file)) {
            throw new InvalidFileException(file.toString(), "no such file; the folder of a pair has one");
        }
        JsonNode root = YAML.readTree(file.toFile());
        if (!(root instanceof ObjectNode description)) {
            throw new InvalidFileException(file.toString(), "must be an object with named fields");
        }
        makeAbsolute(description);
        description.put("id", id());
        Files.writeString(
                Files.createDirectories(pairs.resolve(id())).resolve(DESCRIPTION),
                YAML.writeValueAsString(description));
    }

    /** Texts that name something in the folder name it from anywhere. */
    private void makeAbsolute(ObjectNode node) {
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (entry.getValue() instanceof ObjectNode inner) {
                makeAbsolute(inner);
            } else if (entry.getValue().isTextual()
                    && !entry.getValue().textValue().isBlank()
                    && Files.exists(folder.resolve(entry.getValue().textValue()))) {
                Path named = folder.resolve(entry.getValue().textValue());
                node.put(entry.getKey(), named.toAbsolutePath().normalize().toString());
            }
        }
    }
}
