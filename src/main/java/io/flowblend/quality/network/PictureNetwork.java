package io.flowblend.quality.network;

import io.flowblend.file.InvalidFileException;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.ScriptModule;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.WeightFiles;
import io.flowblend.tensor.Weights;
import io.flowblend.video.Frames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Features of pictures by a network from a folder: a TorchScript file {@code model.pt} from {@code [1, 3, H, W]} to
 * {@code [1, F]}, or {@code config.json} with safetensors of a vision transformer; {@code preprocessor_config.json} beside
 * them.
 */
public final class PictureNetwork implements AutoCloseable {
    private static final String SCRIPT = "model.pt";

    private final Path folder;
    private final Preprocessing preprocessing;
    private final UnaryOperator<Tensor> network;
    private final Runnable owner;

    private PictureNetwork(Path folder, UnaryOperator<Tensor> network, Runnable owner) {
        this.folder = folder;
        this.preprocessing = Preprocessing.in(folder);
        this.network = network;
        this.owner = owner;
    }

    /** The one in a folder; empty if there is no such folder. */
    public static Optional<PictureNetwork> in(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        if (Files.exists(folder.resolve(SCRIPT))) {
            ScriptModule script = ScriptModule.load(folder.resolve(SCRIPT));
            return Optional.of(new PictureNetwork(folder, script::call, script::close));
        }
        NetworkConfig config = NetworkConfig.read(folder.resolve("config.json"));
        return Optional.of(Weights.load(WeightFiles.read(folder), Placement.CPU, weights -> {
            VisionTransformer transformer = VisionTransformer.read(weights, config);
            return new PictureNetwork(folder, transformer::features, weights::close);
        }));
    }

    /** @param every looks at each so-manieth frame from the first on, 1 and up */
    @SuppressWarnings("try") // scope and guard are there for what their closing ends
    public List<double[]> features(Frames frames, int every) {
        List<double[]> features = new ArrayList<>();
        for (int frame = 0; frame < frames.count(); frame += every) {
            try (TensorScope scope = TensorScope.open();
                    NoGradGuard inferenceOnly = new NoGradGuard()) {
                Tensor found = network.apply(preprocessing.apply(frames, frame));
                if (found.dim() != 2 || found.size(0) != 1) {
                    throw new InvalidFileException(
                            folder, "gives " + ScriptModule.shape(found) + " for a picture, expected [1, features]");
                }
                features.add(wide(TensorData.toFloats(found)));
            }
        }
        return features;
    }

    private static double[] wide(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    @Override
    public void close() {
        owner.run();
    }
}
