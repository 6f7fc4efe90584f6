package io.flowblend.model;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How the TorchScript files of a pair are to be used, {@code torchscript} in {@code pair.yaml}. Constructors refuse
 * impossible values.
 *
 * @param latents the latent space that both models and the decoder share
 * @param textEncoder there if the text encoder is a TorchScript file
 * @param decoder there if the decoder is a TorchScript file
 */
public record ScriptSpec(
        Latents latents, Network large, Network small, Optional<Text> textEncoder, Optional<Pixels> decoder) {
    private static final double TERA = 1e12;

    /**
     * The first latent frame stands for one frame, each later one for {@code temporal}.
     *
     * @param channels channels of the latents, 1..4096
     * @param temporal frames that one latent frame behind the first stands for, 1..64
     * @param spatial pixels along one side of a latent, 1..256
     * @param multiple latents along each side are a multiple of it (the side of the models' patches), 1..64
     */
    public record Latents(int channels, int temporal, int spatial, int multiple) {
        public Latents {
            checkRange("channels", channels, 4096);
            checkRange("temporal", temporal, 64);
            checkRange("spatial", spatial, 256);
            checkRange("multiple", multiple, 64);
        }
    }

    /**
     * A velocity model.
     *
     * @param inputs what its inputs are called
     * @param timestep what it is told of sigma
     * @param tflops floating point operations of one forward of one video of the default size, in 10^12, above 0; if
     *     empty, taken from the number of weights
     */
    public record Network(Inputs inputs, Prediction prediction, Timestep timestep, OptionalDouble tflops) {
        public Network {
            check(tflops.isEmpty() || tflops.getAsDouble() > 0, "tflops has to be above 0, not " + tflops.orElse(0));
        }

        /**
         * Floating point operations of one forward for each latent position, as {@code tflops} tells them.
         *
         * @param usual latents of the default size
         */
        public OptionalDouble flopsPerPosition(LatentShape usual) {
            return tflops.isEmpty()
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(tflops.getAsDouble() * TERA / usual.positions());
        }
    }

    /**
     * A number that is linear in sigma.
     *
     * @param noise its value at sigma = 1
     * @param data its value at sigma = 0
     */
    public record Timestep(double noise, double data) {
        public Timestep {
            check(noise != data, "noise and data have to differ, both are " + noise);
        }

        public double at(double sigma) {
            return noise * sigma + data * (1 - sigma);
        }
    }

    /**
     * Names of a velocity model's inputs.
     *
     * @param x latents {@code [B, C, F, H, W]}
     * @param timestep {@code [B]}, float32
     * @param condition text embeddings {@code [B, T, D]}, if it takes any
     * @param mask {@code [B, T]}, float32, 1 for text positions that hold text, if it takes one
     */
    public record Inputs(String x, String timestep, Optional<String> condition, Optional<String> mask) {}

    /**
     * A text encoder: token ids {@code [1, T]} to embeddings {@code [1, T, D]}.
     *
     * @param ids name of its input for token ids, int64
     * @param mask name of its input for the mask {@code [1, T]}, int64, 1 for tokens and 0 for padding, if it takes one
     * @param padding the token id that fills the positions behind the prompt, from 0
     */
    public record Text(String ids, Optional<String> mask, int padding) {
        public Text {
            check(padding >= 0, "padding has to be 0 or more, not " + padding);
        }
    }

    /**
     * A decoder: latents {@code [B, C, f, h, w]} to frames {@code [B, 3, F, H, W]}.
     *
     * @param input name of its input
     * @param black the value that it gives for no light
     * @param white the value that it gives for full light
     */
    public record Pixels(String input, double black, double white) {
        public Pixels {
            check(black != white, "black and white have to differ, both are " + black);
        }
    }

    private static void checkRange(String name, int value, int most) {
        check(value >= 1 && value <= most, name + " has to be 1.." + most + ", not " + value);
    }

    private static void check(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }
}
