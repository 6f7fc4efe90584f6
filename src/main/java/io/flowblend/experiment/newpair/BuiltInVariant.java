package io.flowblend.experiment.newpair;

import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.tensor.SeededNoise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.apache.commons.math3.stat.descriptive.moment.StandardDeviation;

/** The built-in pair with another model in the place of one of its two. */
public enum BuiltInVariant implements NewPair {
    /** SMALL with noise on every weight: clearly worse, but not broken. */
    NOISY("small"),
    /** SMALL without its last layer. */
    DROPPED_LAYER("small"),
    /** LARGE in SMALL's place: every step may be SMALL, though nothing is saved by it. */
    IDENTICAL(""),
    /** SMALL's shape with random weights: no step may be SMALL. */
    RANDOM("small"),
    /** LARGE with noise on every weight beside the usual SMALL. */
    OTHER_LARGE("large");

    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    /** Noise on the weights, in standard deviations of each tensor. */
    private static final double NOISE = 0.1;

    private static final double NOISE_OF_LARGE = 0.03;

    private final String changed;

    /** @param changed folder of the model that has weights of its own; empty if none has */
    BuiltInVariant(String changed) {
        this.changed = changed;
    }

    @Override
    public String id() {
        return BuiltInPair.ID + "-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public void write(Path dataDirectory, Path pairs) throws IOException {
        Path original = BuiltInPair.unpack(dataDirectory).toAbsolutePath();
        Path folder = Files.createDirectories(pairs.resolve(id()));
        String description = description(original);
        if (this == IDENTICAL) {
            description =
                    description.replace("small: " + original.resolve("small"), "small: " + original.resolve("large"));
        } else {
            description = description.replace(": " + original.resolve(changed), ": " + changed);
            Path own = Files.createDirectories(folder.resolve(changed));
            writeModel(original.resolve(changed), own);
        }
        Files.writeString(folder.resolve("pair.yaml"), description);
    }

    /** The built-in pair's description under this id, with absolute folders. */
    private String description(Path original) throws IOException {
        String description =
                Files.readString(original.resolve("pair.yaml")).replace("id: " + BuiltInPair.ID, "id: " + id());
        for (String part : List.of("large", "small", "text_encoder", "tokenizer", "vae")) {
            description = description.replace(": " + part + "\n", ": " + original.resolve(part) + "\n");
        }
        return description;
    }

    private void writeModel(Path from, Path to) throws IOException {
        String config = Files.readString(from.resolve("config.json"));
        Predicate<String> kept = name -> true;
        BiFunction<String, float[], float[]> change = (name, values) -> values;
        switch (this) {
            case NOISY -> change = (name, values) -> plus(values, name, NOISE * deviation(values));
            case OTHER_LARGE -> change = (name, values) -> plus(values, name, NOISE_OF_LARGE * deviation(values));
            case RANDOM -> change = (name, values) -> plus(new float[values.length], name, deviation(values));
            case DROPPED_LAYER -> {
                int last = Layers.count(config) - 1;
                config = Layers.with(config, last);
                kept = name -> !name.startsWith("blocks." + last + ".");
            }
            case IDENTICAL -> throw new IllegalStateException("has no weights of its own");
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
        StandardDeviation deviation = new StandardDeviation(false);
        for (float value : values) {
            deviation.increment(value);
        }
        return deviation.getResult();
    }
}
