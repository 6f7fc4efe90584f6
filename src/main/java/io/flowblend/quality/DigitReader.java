package io.flowblend.quality;

import io.flowblend.quality.DigitCaption.Colour;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.WeightFiles;
import io.flowblend.tensor.Weights;
import io.flowblend.video.Frames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Says which digit of a colour a video shows: a small convolutional classifier, trained for the pair beside whose models it
 * lies, looks at {@value #SIDE}x{@value #SIDE} pixels around the colour's centroid in every third frame, and its
 * probabilities are averaged.
 *
 * <p>Layers: 5x5 convolution to 16 channels, every second pixel; 3x3 to 32; the largest of 2x2; 3x3 to 64; the largest of
 * 3x3; linear to 64, linear to the 10 digits; ReLU between them.
 */
public final class DigitReader implements AutoCloseable {
    /** Its name in the folder of a pair. */
    public static final String FOLDER = "judge";

    private static final String FILE = "digit_classifier.safetensors";
    private static final int SIDE = 36;
    private static final int FIRST_FRAME = 2;
    private static final int EVERY = 3;

    private final Weights weights;
    private final List<Layer> layers;

    private record Layer(Tensor weight, Tensor bias) {}

    private DigitReader(Weights weights) {
        this.weights = weights;
        layers = List.of(
                layer(weights, "n.0", 16, 1, 5, 5),
                layer(weights, "n.2", 32, 16, 3, 3),
                layer(weights, "n.5", 64, 32, 3, 3),
                layer(weights, "n.9", 64, 64 * 9),
                layer(weights, "n.11", 10, 64));
    }

    private static Layer layer(Weights weights, String name, long... shape) {
        return new Layer(weights.tensor(name + ".weight", shape), weights.tensor(name + ".bias", shape[0]));
    }

    /** The one in {@code folder}, if there is one. */
    public static Optional<DigitReader> in(Path folder) {
        Path file = folder.resolve(FILE);
        return Files.isRegularFile(file)
                ? Optional.of(Weights.load(WeightFiles.read(file), Placement.CPU, DigitReader::new))
                : Optional.empty();
    }

    /** The digit of that colour, 0..9; empty if none of the frames that are looked at shows the colour. */
    public OptionalInt read(Frames frames, Colour colour) {
        float[] probabilities = probabilities(frames, colour);
        return IntStream.range(0, probabilities.length)
                .reduce((best, digit) -> probabilities[digit] > probabilities[best] ? digit : best);
    }

    /** One for each digit; none if none of the frames that are looked at shows the colour. */
    float[] probabilities(Frames frames, Colour colour) {
        List<float[]> crops = ColourTrack.of(frames, colour).points().stream()
                .filter(point -> point.frame() % EVERY == FIRST_FRAME)
                .map(point -> crop(frames, point, colour))
                .toList();
        if (crops.isEmpty()) {
            return new float[0];
        }
        float[] values = new float[crops.size() * SIDE * SIDE];
        for (int i = 0; i < crops.size(); i++) {
            System.arraycopy(crops.get(i), 0, values, i * SIDE * SIDE, SIDE * SIDE);
        }
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = Tensor.create(values).view(crops.size(), 1, SIDE, SIDE);
            return TensorData.toFloats(logits(x).softmax(1).mean(0));
        }
    }

    /** @param x the pixels, {@code [N, 1, 36, 36]}, 0..1 */
    private Tensor logits(Tensor x) {
        return linear(penultimate(x), 4);
    }

    /** @param x as for the logits */
    private Tensor penultimate(Tensor x) {
        Tensor wide = convolved(x, 0, 2, 2);
        Tensor half = torch.max_pool2d(convolved(wide, 1, 1, 1), 2, 2);
        Tensor third = torch.max_pool2d(convolved(half, 2, 1, 1), 3, 3);
        return linear(third.flatten(1, 3), 3).relu();
    }

    /**
     * Its penultimate layer, 64 values, as features of some frames, whatever they show: of the strongest channel of each pixel,
     * the mean over windows of {@value #SIDE}x{@value #SIDE} that cover a frame.
     *
     * @param every looks at each so-manieth frame from the first on, 1 and up
     */
    public List<double[]> features(Frames frames, int every) {
        List<double[]> features = new ArrayList<>();
        for (int frame = 0; frame < frames.count(); frame += every) {
            List<float[]> windows = windows(frames, frame);
            float[] values = new float[windows.size() * SIDE * SIDE];
            for (int i = 0; i < windows.size(); i++) {
                System.arraycopy(windows.get(i), 0, values, i * SIDE * SIDE, SIDE * SIDE);
            }
            try (TensorScope scope = TensorScope.open()) {
                Tensor x = Tensor.create(values).view(windows.size(), 1, SIDE, SIDE);
                float[] mean = TensorData.toFloats(penultimate(x).mean(0));
                double[] wide = new double[mean.length];
                Arrays.setAll(wide, i -> mean[i]);
                features.add(wide);
            }
        }
        return features;
    }

    private static List<float[]> windows(Frames frames, int frame) {
        List<float[]> windows = new ArrayList<>();
        for (int top : starts(frames.height())) {
            for (int left : starts(frames.width())) {
                float[] window = new float[SIDE * SIDE];
                for (int row = top; row < Math.min(frames.height(), top + SIDE); row++) {
                    for (int column = left; column < Math.min(frames.width(), left + SIDE); column++) {
                        window[(row - top) * SIDE + column - left] = strongest(frames, frame, row, column);
                    }
                }
                windows.add(window);
            }
        }
        return windows;
    }

    /** Where windows begin that cover a length evenly. */
    private static int[] starts(int length) {
        int count = Math.max(1, (length + SIDE - 1) / SIDE);
        int[] starts = new int[count];
        for (int i = 1; i < count; i++) {
            starts[i] = i * (length - SIDE) / (count - 1);
        }
        return starts;
    }

    private static float strongest(Frames frames, int frame, int row, int column) {
        int at = ((frame * frames.height() + row) * frames.width() + column) * 3;
        int strongest = 0;
        for (int channel = 0; channel < 3; channel++) {
            strongest = Math.max(strongest, frames.rgb()[at + channel] & 0xff);
        }
        return strongest / 255f;
    }

    private Tensor convolved(Tensor x, int index, long stride, long padding) {
        Layer layer = layers.get(index);
        return torch.conv2d(
                        x,
                        layer.weight(),
                        new TensorOptional(layer.bias()),
                        new long[] {stride, stride},
                        new long[] {padding, padding},
                        new long[] {1, 1},
                        1)
                .relu();
    }

    private Tensor linear(Tensor x, int index) {
        Layer layer = layers.get(index);
        return torch.linear(x, layer.weight(), new TensorOptional(layer.bias()));
    }

    /** How strongly the pixels around a point are of the colour; nothing lies beyond the frame. */
    private static float[] crop(Frames frames, ColourTrack.Point point, Colour colour) {
        int top = (int) Math.rint(point.y()) - SIDE / 2;
        int left = (int) Math.rint(point.x()) - SIDE / 2;
        float[] crop = new float[SIDE * SIDE];
        for (int row = Math.max(0, top); row < Math.min(frames.height(), top + SIDE); row++) {
            for (int column = Math.max(0, left); column < Math.min(frames.width(), left + SIDE); column++) {
                crop[(row - top) * SIDE + column - left] =
                        (float) ColourTrack.weight(frames, point.frame(), row, column, colour);
            }
        }
        return crop;
    }

    @Override
    public void close() {
        weights.close();
    }
}
