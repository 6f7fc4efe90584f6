package io.flowblend.experiment.paper;

import io.flowblend.control.Move;
import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.Judge;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.ResultLog;
import io.flowblend.experiment.paper.Samples.PromptSamples;
import io.flowblend.experiment.paper.Samples.Sample;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.quality.Consistency;
import io.flowblend.quality.DigitReader;
import io.flowblend.quality.Psnr;
import io.flowblend.quality.Ssim;
import io.flowblend.replay.Branch;
import io.flowblend.replay.Replay;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.Solver;
import io.flowblend.tensor.TensorScope;
import io.flowblend.video.Frames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Makes prompts by LARGE alone and by other schedules, steps in common made once, and measures every video against that of
 * LARGE alone. Each prompt that is finished is kept in a file, from which a later call goes on.
 */
final class ScheduleRuns {
    /** Neighbouring frames are nearly the same: features are taken of every so-manieth one. */
    private static final int EVERY_FRAME = 4;

    private static final String ADAPTIVE = "adaptive ";
    private static final String PROFILE = "balanced";
    private static final double DIGITS_KEPT = 1e4;

    private final MeasuredPair pair;
    private final PaperPrompts prompts;
    private final int steps;
    private final String solver;

    /** All that samples depend on. */
    private record Setup(
            String pair,
            String fingerprint,
            int steps,
            String solver,
            PaperPrompts prompts,
            boolean features,
            List<String> names) {}

    /** @param solver as {@link Solver#of(String, int)} names it; empty for the pair's own */
    ScheduleRuns(MeasuredPair pair, PaperPrompts prompts, int steps, String solver) {
        this.pair = pair;
        this.prompts = prompts;
        this.steps = steps;
        this.solver = solver;
    }

    int steps() {
        return steps;
    }

    /** Whether the pair brings a network whose features are used. */
    boolean hasFeatures() {
        Optional<DigitReader> reader = pair.reader();
        reader.ifPresent(DigitReader::close);
        return reader.isPresent();
    }

    /**
     * Makes what the file does not hold yet.
     *
     * @param names schedules with one letter a step, or {@code adaptive} and a quality
     */
    Samples run(Path file, List<HeldOut> held, List<String> names, Progress progress) {
        Setup setup = new Setup(
                pair.id(), pair.served().fingerprint(), steps, solver, prompts, hasFeatures(), List.copyOf(names));
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
            try (Meter meter = new Meter(request, held, reader)) {
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
        SamplingSpec spec =
                solver.isEmpty() ? own : own.solvedBy(other, other.schedule(steps, request.flowShift()));
        List<Branch> branches = names.stream().map(name -> branch(request, name)).toList();
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

    /** Frames at the ends of a replay, measured as they come. */
    private static final class Meter implements AutoCloseable {
        private final OpenRequest request;
        private final HeldOut held;
        private final Optional<DigitReader> reader;
        private final Map<String, Sample> found = new HashMap<>();
        private Optional<Tensor> large = Optional.empty();
        private Frames largeFrames = new Frames(0, 0, 0, new byte[0]);
        private List<double[]> largeFeatures = List.of();

        Meter(OpenRequest request, HeldOut held, Optional<DigitReader> reader) {
            this.request = request;
            this.held = held;
            this.reader = reader;
        }

        void measure(String name, Tensor latents) {
            Frames frames = request.decode(TensorScope.own(latents));
            List<double[]> features =
                    reader.map(each -> each.features(frames, EVERY_FRAME)).orElse(List.of());
            if (name.equals(Replay.LARGE)) {
                large = Optional.of(TensorScope.own(latents));
                largeFrames = frames;
                largeFeatures = features;
            }
            Map<Measure, Double> measures = new EnumMap<>(Measure.class);
            measures.put(
                    Measure.DEVIATION,
                    DivergenceMeter.measure(large.orElseThrow(), latents).relativeL2());
            measures.put(Measure.PSNR, Math.min(Judge.MOST_DECIBELS, new Psnr().compare(frames, largeFrames)));
            measures.put(Measure.SSIM, new Ssim().compare(frames, largeFrames));
            if (!features.isEmpty()) {
                measures.put(Measure.SIMILARITY, Consistency.similarity(features, largeFeatures));
            }
            if (!held.captions().isEmpty()) {
                measures.put(Measure.ADHERENCE, Judge.adheres(frames, held.captions(), reader) ? 1.0 : 0.0);
            }
            if (frames.count() > 1) {
                measures.put(Measure.FLICKERING, Consistency.flickering(frames));
            }
            found.put(
                    name,
                    new Sample(
                            name,
                            "",
                            0,
                            measures,
                            features.stream().map(Meter::rounded).toList()));
        }

        Sample made(String name, String letters, double compute) {
            Sample end = Optional.ofNullable(found.get(name)).orElseThrow();
            return new Sample(name, letters, compute, end.measures(), end.features());
        }

        private static double[] rounded(double[] values) {
            double[] rounded = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                rounded[i] = Math.rint(values[i] * DIGITS_KEPT) / DIGITS_KEPT;
            }
            return rounded;
        }

        @Override
        public void close() {
            large.ifPresent(Tensor::close);
            reader.ifPresent(DigitReader::close);
        }
    }
}
