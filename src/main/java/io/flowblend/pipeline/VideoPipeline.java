package io.flowblend.pipeline;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.model.PairSpec;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import java.util.List;
import java.util.Optional;

/** One pair's whole way from a prompt to frames. Safe to call from several threads; runs are made one at a time. */
public interface VideoPipeline extends AutoCloseable {
    PairSpec spec();

    /** Tells the two velocity models from any others, 32 hexadecimal digits; what is learned about a pair is bound to it. */
    String fingerprint();

    PairState state();

    /**
     * Fills in defaults and checks every value.
     *
     * @throws InvalidRequestException naming the first field that cannot be done
     */
    VideoRequest resolve(VideoOptions options);

    /**
     * What a quality comes to, as the pair is known now.
     *
     * @param quality as a request names it, 0..1 or a word; the active tuning profile's if it is left out
     * @throws InvalidRequestException if there is no such quality
     */
    QualityPreview outlook(Optional<String> quality);

    /**
     * Runs both models and the decoder once at the pair's own size, since first runs are slow; nothing is learned or kept.
     *
     * @throws GenerationFailedException if a model fails
     */
    void warmUp(PipelineListener listener);

    /**
     * Makes the video on the calling thread.
     *
     * @throws GenerationFailedException if a model fails; the message is safe to show to the client
     */
    GeneratedVideo generate(VideoRequest request, PipelineListener listener);

    /**
     * Prepares to make the request by LARGE alone and to compare schedules with it; {@link Rehearsal#advance} does it.
     *
     * @param request its policy, schedule and quality do not matter
     * @param schedules as a static request names them: {@code LSL}, ..., eighths, or one letter a step
     * @param probed whether SMALL runs too at each step of the LARGE run, so that the velocity divergences are measured
     * @throws IllegalArgumentException if a schedule cannot be done
     */
    Rehearsal rehearse(VideoRequest request, List<String> schedules, boolean probed);

    /**
     * Prepares to make the request by LARGE alone and by the adaptive policy, which decides from {@code calibration} and
     * nothing else that is known, at one quality after the other. No video is touched by it, and nothing is learned.
     *
     * @param request its policy, schedule and quality do not matter
     * @param qualities 0..1, one for each replay
     */
    Rehearsal rehearse(VideoRequest request, Calibration calibration, List<Double> qualities);

    @Override
    void close();
}
