package io.flowblend.tensor;

import io.flowblend.file.InvalidFileException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Weights of fp8 files with scales: beside {@code X.weight} stands a tensor that its values are multiplied by, named as
 * ComfyUI does ({@code X.scale_weight}) or as most others do ({@code X.weight_scale}, {@code X.weight_scale_inv}, which is a
 * factor too). Scales of activations are left aside:
 * activations are not quantised here. So are the notes that say which weights are scaled.
 */
final class ScaledWeights {
    private static final String WEIGHT = ".weight";
    private static final List<String> SCALES =
            List.of(".scale_weight", ".weight_scale", ".weight.scale", ".weight_scale_inv");
    private static final List<String> OF_ACTIVATIONS = List.of(".scale_input", ".input_scale");

    /** ComfyUI's note, which stands at the head of the file or of a part of it. */
    private static final String SCALED = "scaled_fp8";

    /** ComfyUI's later note beside each weight: JSON that names a format. */
    private static final String NOTE = ".comfy_quant";

    private ScaledWeights() {}

    /**
     * The weights with their scales.
     *
     * @throws InvalidFileException naming a scale that fits no weight
     */
    static Map<String, StoredTensor> paired(Map<String, StoredTensor> stored) {
        Map<String, StoredTensor> weights = new LinkedHashMap<>(stored);
        stored.forEach((name, tensor) -> {
            Optional<String> scaled = owner(name, SCALES);
            if (scaled.isPresent() && stored.containsKey(scaled.get())) {
                weights.remove(name);
                weights.put(scaled.get(), scaled(scaled.get(), stored.get(scaled.get()), name, tensor));
            } else if (isNote(name, tensor)
                    || owner(name, OF_ACTIVATIONS).filter(stored::containsKey).isPresent()) {
                weights.remove(name);
            }
        });
        return weights;
    }

    private static boolean isNote(String name, StoredTensor tensor) {
        boolean head = name.equals(SCALED) || name.endsWith("." + SCALED);
        return (head && tensor.values() <= 2) || name.endsWith(NOTE);
    }

    /** The weight that {@code name} is about, if it ends as one of {@code endings}. */
    private static Optional<String> owner(String name, List<String> endings) {
        return endings.stream()
                .filter(name::endsWith)
                .findFirst()
                .map(ending -> name.substring(0, name.length() - ending.length()) + WEIGHT);
    }

    private static StoredTensor scaled(String name, StoredTensor weight, String scaleName, StoredTensor scale) {
        long rows = weight.shape().length == 0 ? 1 : weight.shape()[0];
        if (!weight.type().isFloating() || weight.type().block().isPresent()) {
            throw new InvalidFileException(
                    weight.file(),
                    "tensor '" + name + "' of format " + weight.type() + " has a scale, '" + scaleName
                            + "', which is read beside floating formats only (fp8)");
        }
        boolean fits = scale.values() == 1
                || (scale.values() == rows && scale.shape()[0] == rows)
                || isOfBlocks(weight.shape(), scale.shape());
        if (!scale.type().isFloating() || !fits) {
            throw new InvalidFileException(
                    scale.file(),
                    "tensor '" + scaleName + "' of format " + scale.type() + " has " + scale.values()
                            + " values, expected one, or one for each of the " + rows + " rows of '" + name
                            + "', or one for each of its blocks of 128 rows and 128 columns");
        }
        return weight.scaledBy(scale);
    }

    private static boolean isOfBlocks(long[] weight, long[] scale) {
        return weight.length == 2
                && scale.length == 2
                && scale[0] == blocks(weight[0])
                && scale[1] == blocks(weight[1]);
    }

    private static long blocks(long values) {
        return (values + StoredTensor.BLOCK - 1) / StoredTensor.BLOCK;
    }
}
