package io.flowblend.model;

import java.nio.file.Path;
import java.util.List;

/**
 * A pair as its {@code pair.yaml} describes it. All paths are absolute. Constructors refuse impossible values.
 *
 * @param id name of the pair in the API, {@code [a-z0-9][a-z0-9._-]*}, at most 64 characters
 * @param large folder of the large model (diffusers layout)
 * @param small folder of the small model
 * @param textEncoder folder of the text encoder
 * @param tokenizer folder with {@code tokenizer.json}
 * @param decoder folder of the video autoencoder
 * @param textPositions T, the number of text positions that the models attend to, 1..4096
 * @param sampling defaults of the solver
 * @param video default size and the limits of what may be asked for
 * @param storedProfile the LSL schedule that the controller falls back to
 */
public record PairSpec(
        String id,
        Path large,
        Path small,
        Path textEncoder,
        Path tokenizer,
        Path decoder,
        int textPositions,
        Sampling sampling,
        Video video,
        StoredProfile storedProfile) {

    public PairSpec {
        check(id.matches("[a-z0-9][a-z0-9._-]{0,63}"), "id '" + id + "' is not [a-z0-9][a-z0-9._-]*, 1..64 long");
        check(textPositions >= 1 && textPositions <= 4096, "text-positions has to be 1..4096, not " + textPositions);
    }

    /**
     * Defaults of the solver.
     *
     * @param solver {@code unipc} or {@code euler}
     * @param order order of UniPC, 1..3 (1 for euler)
     * @param shift flow shift, above 0, at most 100
     * @param steps default number of steps, 1..1000
     * @param guidance default guidance scale, 1..100; 1 = no guidance
     * @param negativePrompt default negative prompt, may be empty
     */
    public record Sampling(String solver, int order, double shift, int steps, double guidance, String negativePrompt) {
        private static final List<String> SOLVERS = List.of("euler", "unipc");

        public Sampling {
            check(SOLVERS.contains(solver), "solver has to be one of " + SOLVERS + ", not '" + solver + "'");
            check(
                    order >= 1 && order <= (solver.equals("unipc") ? 3 : 1),
                    "order " + order + " of " + solver + " is not there: unipc has 1..3, euler 1");
            check(shift > 0 && shift <= 100, "shift has to be above 0 and at most 100, not " + shift);
            check(steps >= 1 && steps <= 1000, "steps has to be 1..1000, not " + steps);
            check(guidance >= 1 && guidance <= 100, "guidance has to be 1..100, not " + guidance);
        }
    }

    /**
     * Default size and limits.
     *
     * @param width default width, pixels
     * @param height default height, pixels
     * @param frames default number of frames
     * @param fps frames a second, 1..120
     * @param maxPixels largest width x height that is accepted
     * @param maxFrames largest number of frames that is accepted
     */
    public record Video(int width, int height, int frames, int fps, int maxPixels, int maxFrames) {
        public Video {
            check(width >= 1 && height >= 1, "width and height have to be positive");
            check(
                    (long) width * height <= maxPixels,
                    "max-pixels " + maxPixels + " is below the default " + width + "x" + height);
            check(
                    frames >= 1 && frames <= maxFrames,
                    "frames has to be 1..max-frames (" + maxFrames + "), not " + frames);
            check(fps >= 1 && fps <= 120, "fps has to be 1..120, not " + fps);
        }
    }

    /**
     * The LSL schedule that the controller falls back to.
     *
     * @param early fraction of the steps that LARGE makes at the start, 0..1
     * @param late fraction of the steps that LARGE makes at the end, 0..1; together at most 1
     */
    public record StoredProfile(double early, double late) {
        public StoredProfile {
            check(
                    early >= 0 && late >= 0 && early + late <= 1,
                    "early " + early + " and late " + late + " have to be fractions that add up to at most 1");
        }
    }

    private static void check(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }
}
