package io.flowblend.model;

/**
 * What a model may be told of a video besides its text. Models that ask for none of it take no notice.
 *
 * @param secondsPerLatentFrame time from one latent frame to the next, above 0
 * @param pixelsPerLatent pixels along one side of a latent, above 0
 * @param givenFrames latent frames at the start that are given: they are data at every noise level
 * @param secondsPerFrame time from one frame to the next where a latent frame lies at the first of the frames that it
 *     stands for, so that the second one lies one frame behind the first; 0 where all lie equally far apart
 */
public record Scene(double secondsPerLatentFrame, double pixelsPerLatent, int givenFrames, double secondsPerFrame) {
    /** Nothing is known and nothing is given. */
    public static final Scene PLAIN = new Scene(1, 1, 0);

    /** Latent frames lie equally far apart. */
    public Scene(double secondsPerLatentFrame, double pixelsPerLatent, int givenFrames) {
        this(secondsPerLatentFrame, pixelsPerLatent, givenFrames, 0);
    }

    /**
     * The scene of a video whose first latent frame stands for one frame and whose later ones for equally many each.
     *
     * @param fps frames a second
     */
    public static Scene of(LatentShape latents, int frames, int height, double fps, int givenFrames) {
        int later = latents.frames() - 1;
        double framesPerLatent = later == 0 ? 1 : (frames - 1.0) / later;
        return new Scene(framesPerLatent / fps, (double) height / latents.height(), givenFrames);
    }

    public Scene {
        if (!(secondsPerLatentFrame > 0 && pixelsPerLatent > 0) || givenFrames < 0 || !(secondsPerFrame >= 0)) {
            throw new IllegalArgumentException("a latent lasts " + secondsPerLatentFrame + " s and has "
                    + pixelsPerLatent + " pixels a side, both have to be above 0; given frames " + givenFrames
                    + ", seconds a frame " + secondsPerFrame);
        }
    }

    /** The same video with every latent frame at the first of the frames that it stands for. */
    public Scene causal(double fps) {
        return new Scene(secondsPerLatentFrame, pixelsPerLatent, givenFrames, 1 / fps);
    }
}
