package io.flowblend.experiment;

import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.tensor.SeededNoise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/** Pairs that nothing is known about: the built-in one with another model in SMALL's place. */
final class NewPairs {
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    /** Noise on the weights, in standard deviations of each tensor: SMALL is clearly worse, but not broken. */
    private static final double NOISE = 0.1;

    private static final String LAST_LAYER = "blocks.1.";

    private NewPairs() {}

    /** What stands in SMALL's place. */
    enum Variant {
        /** SMALL with noise on every weight. */
        NOISY,
        /** SMALL without its last layer. */
        DROPPED_LAYER,
        /** LARGE once more: every step may be SMALL, though nothing is saved by it. */
        IDENTICAL,
        /** SMALL's shape with random weights: no step may be SMALL. */
        RANDOM;

        /** Id of the pair. */
        String id() {
            return "digits-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * Writes the pair below {@code pairs} in a folder of its own; the parts that it shares stay where they are.
     *
     * @param dataDirectory where the built-in pair is unpacked
     * @param pairs made if it is not there
     */
    static void write(Variant variant, Path dataDirectory, Path pairs) throws IOException {
        Path original = BuiltInPair.unpack(dataDirectory).toAbsolutePath();
        Path folder = Files.createDirectories(pairs.resolve(variant.id()));
        Path small = folder.resolve("small");
        String description =
                Files.readString(original.resolve("pair.yaml")).replace("id: digits", "id: " + variant.id());
        for (String part : List.of("large", "text_encoder", "tokenizer", "vae")) {
            description = description.replace(": " + part + "\n", ": " + original.resolve(part) + "\n");
        }
        String smallFolder =
                variant == Variant.IDENTICAL ? original.resolve("large").toString() : "small";
        Files.writeString(folder.resolve("pair.yaml"), description.replace("small: small", "small: " + smallFolder));
        if (variant != Variant.IDENTICAL) {
            Files.createDirectories(small);
            writeSmall(variant, original.resolve("small"), small);
        }
    }

    private static void writeSmall(Variant variant, Path from, Path to) throws IOException {
        String config = Files.readString(from.resolve("config.json"));
        Predicate<String> kept = name -> true;
        BiFunction<String, float[], float[]> change = (name, values) -> values;
        switch (variant) {
            case NOISY -> change = (name, values) -> plus(values, name, NOISE * deviation(values));
            case DROPPED_LAYER -> {
                config = config.replace("\"num_layers\": 2", "\"num_layers\": 1");
                kept = name -> !name.startsWith(LAST_LAYER);
            }
            case RANDOM -> change = (name, values) -> plus(new float[values.length], name, deviation(values));
            case IDENTICAL -> throw new IllegalArgumentException("has no weights of its own");
        }
        Files.writeString(to.resolve("config.json"), config);
        ChangedWeights.copy(from.resolve(WEIGHTS), to.resolve(WEIGHTS), kept, change);
    }

    /** @param size standard deviation of the noise, which depends on the tensor's name alone */
    private static float[] plus(float[] values, String name, double size) {
        float[] noise = SeededNoise.normals(name.hashCode(), values.length);
        float[] sum = new float[values.length];
        for (int i = 0; i < sum.length; i++) {
            sum[i] = (float) (values[i] + size * noise[i]);
        }
        return sum;
    }

    private static double deviation(float[] values) {
        double mean = 0;
        for (float value : values) {
            mean += value / values.length;
        }
        double squares = 0;
        for (float value : values) {
            squares += (value - mean) * (value - mean) / values.length;
        }
        return Math.sqrt(squares);
    }
}
