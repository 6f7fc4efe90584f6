package io.flowblend.model.vae;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A copy of a reference autoencoder whose files a test may damage. */
public record VaeFolder(Path folder) {
    private static final Path CASES = Path.of("src/test/resources/reference");
    public static final Path WAN = CASES.resolve("wan-vae-0/model");
    public static final Path LTX_FIRST = CASES.resolve("ltx-vae-2/model");
    public static final Path LTX_LATER = CASES.resolve("ltx-vae-3/model");
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    public static VaeFolder copy(Path original, Path folder) throws IOException {
        for (String file : new String[] {"config.json", WEIGHTS}) {
            Files.copy(original.resolve(file), folder.resolve(file));
        }
        return new VaeFolder(folder);
    }

    public Path config() {
        return folder.resolve("config.json");
    }

    public VaeFolder withConfig(Consumer<ObjectNode> change) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = (ObjectNode) json.readTree(config().toFile());
        change.accept(root);
        json.writeValue(config().toFile(), root);
        return this;
    }

    /** Changes the safetensors header, whose offsets have to stay valid. */
    public VaeFolder withHeader(Consumer<ObjectNode> change) throws IOException {
        ObjectMapper json = new ObjectMapper();
        Path file = folder.resolve(WEIGHTS);
        byte[] bytes = Files.readAllBytes(file);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        ObjectNode header = (ObjectNode) json.readTree(new String(bytes, 8, length, StandardCharsets.UTF_8));
        change.accept(header);
        byte[] changed = json.writeValueAsBytes(header);
        ByteBuffer out = ByteBuffer.allocate(8 + changed.length + bytes.length - 8 - length)
                .order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(changed.length).put(changed).put(bytes, 8 + length, bytes.length - 8 - length);
        Files.write(file, out.array());
        return this;
    }

    /** Adds a tensor without values, at the start of the data. */
    public VaeFolder withExtraTensor(String name) throws IOException {
        return withHeader(header -> {
            ObjectNode entry = header.objectNode().put("dtype", "F32");
            entry.putArray("shape").add(0);
            entry.putArray("data_offsets").add(0).add(0);
            header.set(name, entry);
        });
    }
}
