package io.flowblend.model.lora;

import java.nio.file.Path;

/**
 * A LoRA file and how much of it is used.
 *
 * @param file a safetensors file
 * @param strength factor on what it adds, finite; 1 as it was trained
 */
public record Lora(Path file, double strength) {
    public Lora {
        if (!Double.isFinite(strength)) {
            throw new IllegalArgumentException("strength of a lora has to be a number, not " + strength);
        }
    }
}
