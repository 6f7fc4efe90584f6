package io.flowblend.experiment.paper;

import io.flowblend.control.Move;
import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.ResultLog;
import io.flowblend.experiment.paper.Samples.PromptSamples;
import io.flowblend.experiment.paper.Samples.Sample;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.quality.DigitReader;
import io.flowblend.quality.network.FeatureNetworks;
import io.flowblend.replay.Branch;
import io.flowblend.replay.Replay;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.Solver;
import io.flowblend.tensor.TensorScope;
import io.flowblend.video.Frames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes prompts by LARGE alone and by other schedules, steps in common made once, and measures every video against that of
 * LARGE alone. Each prompt that is finished is kept in a file, from which a later call goes on.
 */
final class ScheduleRuns {
    private static final String ADAPTIVE = "adaptive ";
    private static final String PROFILE = "balanced";

    private final MeasuredPair pair;
    private final PaperPrompts prompts;
    private final Optional<FeatureNetworks> networks;
    private final int steps;
    private final String solver;

    /** All that samples depend on. */
    private record Setup(
            String pair,
            String fingerprint,
            int steps,
            String solver,
            PaperPrompts prompts,
            String features,
            List<String> names) {}

    /** @param solver as {@link Solver#of(String, int)} names it; empty for the pair's own */
    ScheduleRuns(
            MeasuredPair pair, PaperPrompts prompts, Optional<FeatureNetworks> networks, int steps, String solver) {
        this.pair = pair;
        this.prompts = prompts;
        this.networks = networks;
        this.steps = steps;
        this.solver = solver;
    }

    int steps() {
        return steps;
    }

    /** Whether there is a network whose features are used. */
    boolean hasFeatures() {
        return networks.flatMap(FeatureNetworks::frechet).isPresent() || hasJudge();
    }

    private boolean hasJudge() {
        Optional<DigitReader> reader = pair.reader();
        reader.ifPresent(DigitReader::close);
        return reader.isPresent();
    }

    /** What features are taken from, for people. */
    String featureSpace() {
        String judge = hasJudge()
                ? "penultimate layer (64 values) of the classifier in the pair's folder 'judge', every fourth frame"
                : "none: there is no feature network; similarity is SSIM, Frechet distances are not available";
        return networks.flatMap(FeatureNetworks::frechetName)
                        .map(name -> "network '" + name + "' of the features' folder, every fourth frame")
                        .orElse(judge)
                + networks.map(folder -> "; folder holds " + folder.names()).orElse("");
    }

    /**
     * Makes what the file does not hold yet.
     *
     * @param names schedules with one letter a step, or {@code adaptive} and a quality
     */
    Samples run(Path file, List<HeldOut> held, List<String> names, Progress progress) {
        Setup setup = new Setup(
                pair.id(), pair.served().fingerprint(), steps, solver, prompts, featureSpace(), List.copyOf(names));
        ResultLog<PromptSamples> log = ResultLog.open(file, setup, PromptSamples.class);
        List<PromptSamples> done = new ArrayList<>();
        for (HeldOut each : held) {
            if (log.results().size() <= done.size()) {
                log.add(samples(each, names));
                progress.made(String.valueOf(file.getFileName()), done.size() + 1, held.size());
            }
            done.add(log.results().get(done.size()));
        }
        return new Samples(done);
    }

    /** The name under which the adaptive policy takes part at a quality. */
    static String adaptive(double quality) {
        return ADAPTIVE + quality;
    }

    /** Shows the frames of LARGE alone, as {@link Replay#LARGE}, and of other schedules as they come. */
    void watch(HeldOut held, List<String> names, Seen seen) {
        pair.opened().open(pair.request(held, steps), request -> {
            replay(request, names, (name, latents) -> seen.frames(name, request.decode(TensorScope.own(latents))));
            return names.size();
        });
    }

    /** Sees videos. */
    @FunctionalInterface
    interface Seen {
        void frames(String name, Frames frames);
    }

    private PromptSamples samples(HeldOut held, List<String> names) {
        return pair.opened().open(pair.request(held, steps), request -> {
            Optional<DigitReader> reader = pair.reader();
            VideoMeter.Judges judges = new VideoMeter.Judges(
                    held.captions(),
                    reader,
                    networks,
                    pair.served().spec().video().fps());
            try (VideoMeter meter = new VideoMeter(request, judges)) {
                List<Replay.Outcome> outcomes = replay(request, names, meter::measure);
                List<Sample> samples = new ArrayList<>();
                String all = Schedule.all(Move.LARGE, steps).letters();
                samples.add(meter.made(Replay.LARGE, all, 1));
                outcomes.forEach(each -> samples.add(meter.made(each.branch(), each.letters(), each.cost())));
                return new PromptSamples(held.index(), samples);
            }
        });
    }

    private List<Replay.Outcome> replay(OpenRequest request, List<String> names, Replay.Ends ends) {
        SamplingSpec own = request.fromNoise();
        Solver other = solver.isEmpty() ? own.solver() : Solver.of(solver, 2);
        SamplingSpec spec = solver.isEmpty() ? own : own.solvedBy(other, other.schedule(steps, request.flowShift()));
        List<Branch> branches =
                names.stream().map(name -> branch(request, name)).toList();
        try (Replay replay = new Replay((giveWay, work) -> work.sample(spec, giveWay), branches, false, ends)) {
            replay.advance(() -> false);
            return replay.result().outcomes();
        }
    }

    private static Branch branch(OpenRequest request, String name) {
        if (name.startsWith(ADAPTIVE)) {
            double quality = Double.parseDouble(name.substring(ADAPTIVE.length()));
            return Branch.deciding(name, spec -> request.control(quality, PROFILE), 1);
        }
        return Branch.scheduled(name, StaticPolicy.of(Schedule.ofLetters(name), Reason.SCHEDULE));
    }
}
