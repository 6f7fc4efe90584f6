package io.flowblend.model;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * What a network predicts at {@code x = sigma * noise + (1 - sigma) * data}, and how the velocity {@code v = noise - data}
 * follows from it. From noise or data it follows by a division that has no answer at one end: pure noise tells nothing of
 * the data, finished data nothing of the noise. There the network is told a level {@value #END} inside, and the division
 * uses that level as well.
 */
public enum Prediction {
    /** {@code v} itself. */
    VELOCITY("velocity", 0, 1) {
        @Override
        public Tensor velocity(Tensor x, Tensor output, double sigma) {
            return output;
        }
    },
    /** {@code data - noise}, as models say it whose time runs from noise to data. */
    REVERSED_VELOCITY("reversed-velocity", 0, 1) {
        @Override
        public Tensor velocity(Tensor x, Tensor output, double sigma) {
            return output.neg();
        }
    },
    /** The noise: {@code v = (noise - x) / (1 - sigma)}. */
    EPSILON("epsilon", 0, 1 - Prediction.END) {
        @Override
        public Tensor velocity(Tensor x, Tensor output, double sigma) {
            return output.sub(x).div_(new Scalar(1 - sigma));
        }
    },
    /** The data: {@code v = (x - data) / sigma}. */
    X0("x0", Prediction.END, 1) {
        @Override
        public Tensor velocity(Tensor x, Tensor output, double sigma) {
            return x.sub(output).div_(new Scalar(sigma));
        }
    };

    /** How near sigma comes to an end where the velocity does not follow. */
    static final double END = 1e-3;

    private final String word;
    private final double least;
    private final double most;

    Prediction(String word, double least, double most) {
        this.word = word;
        this.least = least;
        this.most = most;
    }

    /** @throws IllegalArgumentException naming the words that there are */
    public static Prediction of(String word) {
        return Arrays.stream(values())
                .filter(prediction -> prediction.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("prediction has to be one of "
                        + Arrays.stream(values()).map(p -> p.word).collect(Collectors.joining(", ")) + ", not '" + word
                        + "'"));
    }

    /** The level nearest to {@code sigma} at which the velocity follows. */
    public double usable(double sigma) {
        return Math.min(most, Math.max(least, sigma));
    }

    /**
     * The velocity, in the shape of {@code x}.
     *
     * @param output what the network gave for {@code x}
     * @param sigma the level that the network was told, one that {@link #usable} gives
     */
    public abstract Tensor velocity(Tensor x, Tensor output, double sigma);
}
