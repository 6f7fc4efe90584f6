package io.flowblend.pipeline;

import io.flowblend.video.Frames;
import java.util.function.Supplier;

/** Shows what a video is coming to while it is made, to those who ask. Nothing about the video depends on it. */
@FunctionalInterface
public interface Previews {
    /** Nobody asks. */
    Previews NONE = (nextStep, picture) -> {};

    /**
     * Called between two steps, the run standing before {@code nextStep}.
     *
     * @param picture decodes one frame of the data that the run predicts now, which takes time; valid during the call
     */
    void offer(int nextStep, Supplier<Frames> picture);
}
