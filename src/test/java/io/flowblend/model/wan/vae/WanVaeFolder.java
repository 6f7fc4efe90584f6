package io.flowblend.model.wan.vae;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A copy of the smallest reference autoencoder whose files a test may damage. */
record WanVaeFolder(Path folder) {
    static final Path ORIGINAL = Path.of("src/test/resources/reference/wan-vae-0/model");
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    static WanVaeFolder in(Path folder) throws IOException {
        for (String file : new String[] {"config.json", WEIGHTS}) {
            Files.copy(ORIGINAL.resolve(file), folder.resolve(file));
        }
        return new WanVaeFolder(folder);
    }

    Path config() {
        return folder.resolve("config.json");
    }

    WanVaeFolder withConfig(Consumer<ObjectNode> change) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = (ObjectNode) json.readTree(config().toFile());
        change.accept(root);
        json.writeValue(config().toFile(), root);
        return this;
    }

    /** Changes the safetensors header, whose offsets have to stay valid. */
    WanVaeFolder withHeader(Consumer<ObjectNode> change) throws IOException {
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
}
