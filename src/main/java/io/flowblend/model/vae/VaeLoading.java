package io.flowblend.model.vae;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.checkpoint.Checkpoint;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.Weights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/** What loading the two halves of an autoencoder has in common. */
public final class VaeLoading {
    private VaeLoading() {}

    /**
     * Builds a half from the weights in {@code folder}, in float32; they are freed again if that fails.
     *
     * @param placement tells the device
     */
    public static <T> T load(Path folder, Placement placement, Function<Weights, T> build) {
        return Checkpoint.load(folder, ModelPart.DECODER, placement.exact(), build);
    }

    /** Fails if a tensor was not read that does not belong to the other half, whose names begin with {@code prefixes}. */
    public static void requireOthersFrom(Weights weights, String... prefixes) {
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

    public static String shape(Tensor tensor) {
        return Arrays.toString(TensorData.shape(tensor));
    }
}
