package io.flowblend.pipeline;

import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.TextEncoder;
import io.flowblend.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The latest prompts' embeddings, so that a prompt that comes again, and above all the negative prompt of every request,
 * is encoded once. Used under the pipeline's lock.
 */
final class PromptCache implements AutoCloseable {
    private final TextEncoder encoder;
    private final int capacity;
    private final Map<String, TextEmbeddings> embeddings = new LinkedHashMap<>(16, 0.75f, true);

    /** @param capacity prompts that are kept; at Wan's 512 x 4096 float32 each takes 8 MiB */
    PromptCache(TextEncoder encoder, int capacity) {
        this.encoder = encoder;
        this.capacity = capacity;
    }

    /** Embeddings {@code [1, T, D]}; valid until {@code capacity} other prompts have been asked for. */
    TextEmbeddings embeddings(String prompt) {
        TextEmbeddings cached = embeddings.get(prompt);
        if (cached == null) {
            try (TensorScope scope = TensorScope.open()) {
                cached = encoder.encode(prompt).own();
            }
            embeddings.put(prompt, cached);
            evict();
        }
        return cached;
    }

    private void evict() {
        var eldest = embeddings.entrySet().iterator();
        while (embeddings.size() > capacity) {
            eldest.next().getValue().close();
            eldest.remove();
        }
    }

    @Override
    public void close() {
        embeddings.values().forEach(TextEmbeddings::close);
        embeddings.clear();
    }
}
