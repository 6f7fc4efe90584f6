package io.flowblend.model;

import java.nio.file.Path;

/**
 * A pair as its {@code pair.yaml} describes it. All paths are absolute and inside the pair's folder.
 *
 * @param id name of the pair in the API, {@code [a-z0-9][a-z0-9._-]*}
 * @param large folder of the large model (diffusers layout)
 * @param small folder of the small model
 * @param textEncoder folder of the text encoder
 * @param tokenizer folder with {@code tokenizer.json}
 * @param decoder folder of the video autoencoder
 * @param textPositions T, the number of text positions that the models attend to
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

    /**
     * @param solver {@code unipc} or {@code euler}
     * @param order order of UniPC, 1..3 (1 for euler)
     * @param shift flow shift, above 0
     * @param steps default number of steps
     * @param guidance default guidance scale; 1 = no guidance
     * @param negativePrompt default negative prompt, may be empty
     */
    public record Sampling(String solver, int order, double shift, int steps, double guidance, String negativePrompt) {}

    /**
     * @param width default width, pixels
     * @param height default height, pixels
     * @param frames default number of frames
     * @param fps frames a second
     * @param maxPixels largest width x height that is accepted
     * @param maxFrames largest number of frames that is accepted
     */
    public record Video(int width, int height, int frames, int fps, int maxPixels, int maxFrames) {}

    /**
     * @param early fraction of the steps that LARGE makes at the start
     * @param late fraction of the steps that LARGE makes at the end
     */
    public record StoredProfile(double early, double late) {}
}
