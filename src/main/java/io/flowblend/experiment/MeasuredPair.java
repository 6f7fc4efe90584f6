package io.flowblend.experiment;

import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.plan.StepErrors;
import io.flowblend.file.InvalidFileException;
import io.flowblend.pipeline.OpenPipeline;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.quality.DigitReader;
import io.flowblend.replay.Branch;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.SamplingSpec;
import java.util.List;
import java.util.Optional;

/** A pair that can serve requests, and whose requests can be opened for measurements. */
public record MeasuredPair(VideoPipeline served, OpenPipeline opened) {
    /** @throws InvalidFileException if its requests cannot be opened */
    public static MeasuredPair of(VideoPipeline pipeline) {
        if (pipeline instanceof OpenPipeline open) {
            return new MeasuredPair(pipeline, open);
        }
        throw new InvalidFileException("pair '" + pipeline.spec().id() + "'", "cannot be measured");
    }

    public String id() {
        return served.spec().id();
    }

    /** What reads digits, from the pair's own folder; empty if it brings none. */
    public Optional<DigitReader> reader() {
        return DigitReader.in(served.spec().decoder().resolveSibling(DigitReader.FOLDER));
    }

    /** The request for a prompt and seed, with a step count and all else by default. */
    public VideoRequest request(HeldOut held, int steps) {
        return served.resolve(options(held, steps));
    }

    public static VideoOptions options(HeldOut held, int steps) {
        return VideoOptions.of(held.prompt()).withSteps(steps).withSeed(held.seed());
    }

    /**
     * A schedule that is fixed beforehand, as good as this pair can make it: R and S after a probe predict by the gains that
     * were learned for the pair. Without a probe S is plain SMALL.
     *
     * @param letters one a step
     */
    public Branch fixed(String name, String letters) {
        return Branch.deciding(name, spec -> policy(letters, spec), 1);
    }

    private StaticPolicy policy(String letters, SamplingSpec spec) {
        Schedule schedule = Schedule.ofLetters(letters);
        return StaticPolicy.of(
                schedule,
                Reason.SCHEDULE,
                served.calibration()
                        .map(known -> new StepErrors(known, spec.schedule().sigmas())));
    }

    /** The request for a prompt and seed, by LARGE alone and in other ways; latents are compared. */
    public SideBySide.Runs sideBySide(HeldOut held, int steps, List<Branch> branches) {
        return opened.open(request(held, steps), request -> {
            try (Judge judge = Judge.ofLatents(request)) {
                return SideBySide.run(request, branches, judge);
            }
        });
    }
}
