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
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.quality.Consistency;
import io.flowblend.quality.DigitReader;
import io.flowblend.quality.Psnr;
import io.flowblend.quality.Ssim;
import io.flowblend.replay.Branch;
import io.flowblend.replay.Replay;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.tensor.TensorScope;
import io.flowblend.video.Frames;
import java.nio.file.Path;
import java.util.ArrayList;
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

    static final String ADAPTIVE = "adaptive ";
    private static final String PROFILE = "balanced";
    private static final double DIGITS_KEPT = 1e4;

    private final MeasuredPair pair;
    private final int steps;

    /**
     * One video.
     *
     * @param name of its schedule
     * @param letters what each step did
     * @param compute over that of LARGE alone
     * @param deviation relative L2 of its latents from LARGE's
     * @param psnr, ssim of its frames against LARGE's
     * @param similarity mean cosine of its frames' features with LARGE's; NaN without features
     * @param flickering, consistency of the video by itself; the latter NaN without features
     * @param features of every fourth frame, may be empty
     */
    record Sample(
            String name,
            String letters,
            double compute,
            double deviation,
            double psnr,
            double ssim,
            double similarity,
            double flickering,
            double consistency,
            List<double[]> features) {}

    /** All videos of a prompt, LARGE alone first. */
    record PromptSamples(int index, List<Sample> samples) {
        Sample named(String name) {
            return samples.stream()
                    .filter(sample -> sample.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("'" + name + "' was not made"));
        }
    }

    /** All that samples depend on. */
    private record Setup(
            String pair, String fingerprint, int steps, PaperPrompts prompts, boolean features, List<String> names) {}

    ScheduleRuns(MeasuredPair pair, int steps) {
        this.pair = pair;
        this.steps = steps;
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
    List<PromptSamples> run(
            Path file, PaperPrompts prompts, List<HeldOut> held, List<String> names, Progress progress) {
        Setup setup =
                new Setup(pair.id(), pair.served().fingerprint(), steps, prompts, hasFeatures(), List.copyOf(names));
        ResultLog<PromptSamples> log = ResultLog.open(file, setup, PromptSamples.class);
        List<PromptSamples> done = new ArrayList<>();
        for (HeldOut each : held) {
            if (log.results().size() <= done.size()) {
                log.add(samples(each, names));
                progress.made(file.getFileName().toString(), done.size() + 1, held.size());
            }
            done.add(log.results().get(done.size()));
        }
        return done;
    }

    /** The name under which the adaptive policy takes part at a quality. */
    static String adaptive(double quality) {
        return ADAPTIVE + quality;
    }

    private PromptSamples samples(HeldOut held, List<String> names) {
        return pair.opened().open(pair.request(held, steps), request -> {
            Optional<DigitReader> reader = pair.reader();
            try (Measures measures = new Measures(request, reader)) {
                return new PromptSamples(held.index(), measures.run(names));
            }
        });
    }

    /** Frames at the ends of a replay, measured as they come. */
    private static final class Measures implements AutoCloseable {
        private final OpenRequest request;
        private final Optional<DigitReader> reader;
        private final Map<String, Sample> found = new HashMap<>();
        private Optional<Tensor> large = Optional.empty();
        private Frames largeFrames = new Frames(0, 0, 0, new byte[0]);
        private List<double[]> largeFeatures = List.of();

        Measures(OpenRequest request, Optional<DigitReader> reader) {
            this.request = request;
            this.reader = reader;
        }

        List<Sample> run(List<String> names) {
            SamplingSpec spec = request.fromNoise();
            List<Branch> branches = names.stream().map(this::branch).toList();
            try (Replay replay =
                    new Replay((giveWay, work) -> work.sample(spec, giveWay), branches, false, this::measure)) {
                replay.advance(() -> false);
                List<Sample> samples = new ArrayList<>();
                String all = Schedule.all(Move.LARGE, spec.schedule().steps()).letters();
                samples.add(made(Replay.LARGE, all, 1));
                replay.result()
                        .outcomes()
                        .forEach(each -> samples.add(made(each.branch(), each.letters(), each.cost())));
                return samples;
            }
        }

        private Branch branch(String name) {
            if (name.startsWith(ADAPTIVE)) {
                double quality = Double.parseDouble(name.substring(ADAPTIVE.length()));
                return Branch.deciding(name, spec -> request.control(quality, PROFILE), 1);
            }
            return Branch.scheduled(name, StaticPolicy.of(Schedule.ofLetters(name), Reason.SCHEDULE));
        }

        private void measure(String name, Tensor latents) {
            Frames frames = request.decode(TensorScope.own(latents));
            List<double[]> features =
                    reader.map(each -> each.features(frames, EVERY_FRAME)).orElse(List.of());
            if (name.equals(Replay.LARGE)) {
                large = Optional.of(TensorScope.own(latents));
                largeFrames = frames;
                largeFeatures = features;
            }
            found.put(
                    name,
                    new Sample(
                            name,
                            "",
                            0,
                            DivergenceMeter.measure(large.orElseThrow(), latents)
                                    .relativeL2(),
                            Math.min(Judge.MOST_DECIBELS, new Psnr().compare(frames, largeFrames)),
                            new Ssim().compare(frames, largeFrames),
                            features.isEmpty() ? Double.NaN : Consistency.similarity(features, largeFeatures),
                            frames.count() < 2 ? Double.NaN : Consistency.flickering(frames),
                            features.size() < 2 ? Double.NaN : Consistency.ofFeatures(features),
                            features.stream().map(Measures::rounded).toList()));
        }

        private Sample made(String name, String letters, double compute) {
            Sample end = Optional.ofNullable(found.get(name)).orElseThrow();
            return new Sample(
                    name,
                    letters,
                    compute,
                    end.deviation(),
                    end.psnr(),
                    end.ssim(),
                    end.similarity(),
                    end.flickering(),
                    end.consistency(),
                    end.features());
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
