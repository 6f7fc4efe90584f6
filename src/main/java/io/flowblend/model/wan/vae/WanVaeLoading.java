package io.flowblend.model.wan.vae;

import io.flowblend.file.InvalidFileException;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.Tensor;

/** What loading the two halves of the autoencoder has in common. */
final class WanVaeLoading {
    private WanVaeLoading() {}

    /** Builds a half from the folder's config and weights; the weights are freed again if that fails. */
    static <T> T load(Path folder, BiFunction<WanVaeConfig, Weights, T> build) {
        WanVaeConfig config = WanVaeConfig.read(folder);
        Weights weights = Weights.open(folder);
        try {
            return build.apply(config, weights);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** Fails if a tensor was not read that does not belong to the other half, whose names begin with {@code prefixes}. */
    static void requireOthersFrom(Weights weights, String... prefixes) {
        weights.unread().stream()
                .filter(name -> Arrays.stream(prefixes).noneMatch(name::startsWith))
                .sorted()
                .findFirst()
                .ifPresent(name -> {
                    throw new InvalidFileException(
                            weights.source(),
                            "tensor '" + name + "' does not belong to the architecture that config.json names");
                });
    }

    static String shape(Tensor tensor) {
        return Arrays.toString(TensorData.shape(tensor));
    }
}
