package io.flowblend.experiment;

import io.flowblend.control.RequestControl;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.model.PairSpec;
import io.flowblend.pipeline.OpenPipeline;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.pipeline.VideoOptions;
import io.flowblend.pipeline.VideoRequest;
import io.flowblend.sampling.FlowSampler;
import io.flowblend.sampling.Sampled;
import io.flowblend.sampling.StepListener;
import io.flowblend.sampling.StepRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Every rule side by side on held-out prompts of the built-in pair: what it costs, and how far it ends from LARGE alone.
 * One prompt after the other, all policies on each, so that nothing but the policy differs.
 */
public final class PolicyBenchmark {
    private final OpenPipeline pipeline;
    private final Setup setup;
    private final FlowSampler sampler = new FlowSampler();

    /**
     * What the results depend on.
     *
     * @param steps solver steps
     * @param qualities at which the adaptive policy and the clairvoyant schedule are run
     * @param oracleRounds how often the neighbours of the clairvoyant schedule are tried
     */
    public record Setup(String pair, int steps, List<Double> qualities, int oracleRounds) {
        public Setup {
            qualities = List.copyOf(qualities);
        }
    }

    private PolicyBenchmark(OpenPipeline pipeline, Setup setup) {
        this.pipeline = pipeline;
        this.setup = setup;
    }

    /**
     * Runs the first {@code prompts} held-out prompts, or what of them the log does not have yet.
     *
     * @param log where finished prompts are kept
     * @param progress hears one line after each prompt
     */
    public static PolicySummary run(
            OpenPipeline pipeline, Setup setup, int prompts, Path log, Consumer<String> progress) {
        Environment environment = Environment.here();
        ResultLog<PromptRuns> done = ResultLog.open(log, setup, PromptRuns.class);
        PolicyBenchmark benchmark = new PolicyBenchmark(pipeline, setup);
        for (int index = done.results().size(); index < prompts; index++) {
            long start = System.nanoTime();
            done.add(benchmark.prompt(HeldOut.of(index)));
            progress.accept(String.format(
                    Locale.ROOT, "prompt %d of %d, %.1f s", index + 1, prompts, (System.nanoTime() - start) * 1e-9));
        }
        return PolicySummary.of(environment, setup, done.results().subList(0, prompts));
    }

    private PromptRuns prompt(HeldOut held) {
        VideoRequest request = pipeline.resolve(
                VideoOptions.of(held.prompt()).withSteps(setup.steps()).withSeed(held.seed()));
        List<PolicyRun> runs = pipeline.open(request, open -> new OnePrompt(open, held).all());
        return new PromptRuns(held.index(), held.prompt(), held.seed(), held.digits(), runs);
    }

    /** All policies on one prompt; native memory belongs to the call that laid the request open. */
    private final class OnePrompt {
        private final OpenRequest request;
        private final HeldOut held;
        private final List<PolicyRun> runs = new ArrayList<>();
        private final Map<String, Double> deviations = new LinkedHashMap<>();
        private final StepMedians times = new StepMedians();
        private final double largeOnly;

        OnePrompt(OpenRequest request, HeldOut held) {
            this.request = request;
            this.held = held;
            this.largeOnly = request.largeStepFlops() * setup.steps();
        }

        List<PolicyRun> all() {
            PairSpec.StoredProfile stored = pipeline.spec().storedProfile();
            List<Contestants.Fixed> fixed = Contestants.fixed(setup.steps(), stored);
            try (Judges judges = new Judges(request, held)) {
                Map<String, Judge.Seen> seen = runTree(fixed, judges);
                for (Contestants.Fixed policy : fixed) {
                    Judge.Seen frames = policy.shown() ? seen.get(policy.letters()) : null;
                    runs.add(fixedRun(policy.policy(), policy.setting(), policy.letters(), frames));
                }
                for (Contestants.Online policy : Contestants.online()) {
                    runs.add(online(
                            policy.policy(), policy.setting(), policy.make().get(), judges, null));
                }
                for (double quality : setup.qualities()) {
                    runs.add(adaptive(quality, judges));
                    runs.add(clairvoyant(quality, runs.get(runs.size() - 1).compute(), judges));
                }
            }
            return runs;
        }

        private Map<String, Judge.Seen> runTree(List<Contestants.Fixed> fixed, Judges judges) {
            Map<String, Judge.Seen> seen = new HashMap<>();
            Map<String, Boolean> shown = new HashMap<>();
            fixed.forEach(policy -> shown.merge(policy.letters(), policy.shown(), Boolean::logicalOr));
            ScheduleTree.run(request.fromNoise(), shown.keySet(), times, (letters, latents) -> {
                Judge judge = judges.with(latents);
                deviations.put(letters, judge.deviation(latents));
                if (shown.getOrDefault(letters, false)) {
                    seen.put(letters, judge.look(latents));
                }
            });
            return seen;
        }

        private PolicyRun fixedRun(String policy, String setting, String letters, Judge.@Nullable Seen frames) {
            long small = letters.chars().filter(letter -> letter == 'S').count();
            long large = letters.length() - small;
            double flops = large * request.largeStepFlops() + small * request.smallStepFlops();
            return runOf(
                    policy,
                    setting,
                    letters,
                    flops,
                    large * times.large() + small * times.small(),
                    deviations.getOrDefault(letters, Double.NaN),
                    null,
                    frames);
        }

        private PolicyRun adaptive(double quality, Judges judges) {
            RequestControl control = request.control(quality);
            return online("adaptive", qualityName(quality), control, judges, control);
        }

        private PolicyRun clairvoyant(double quality, double compute, Judges judges) {
            double small = request.smallStepFlops() / request.largeStepFlops();
            int fewestSmall = (int) Math.ceil(setup.steps() * (1 - compute) / (1 - small) - 1e-9);
            Judge judge = judges.judge();
            Clairvoyant oracle = new Clairvoyant(request.fromNoise(), judge::deviation, deviations);
            String letters = oracle.best(Math.max(0, fewestSmall), setup.oracleRounds());
            return fixedRun("oracle", qualityName(quality), letters, null);
        }

        private PolicyRun online(
                String policy, String setting, SwitchPolicy rule, Judges judges, @Nullable RequestControl control) {
            try (Sampled sampled = sampler.sample(request.fromNoise(), rule, StepListener.NONE)) {
                Judge judge = judges.judge();
                double flops = sampled.trace().steps().stream()
                        .mapToDouble(StepRecord::flops)
                        .sum();
                Double promised = control == null || control.promisedDeviation().isEmpty()
                        ? null
                        : (Double) control.promisedDeviation().getAsDouble();
                return runOf(
                        policy,
                        setting,
                        sampled.trace().schedule(),
                        flops,
                        sampled.seconds(),
                        judge.deviation(sampled.latents()),
                        promised,
                        judge.look(sampled.latents()));
            }
        }

        private PolicyRun runOf(
                String policy,
                String setting,
                String schedule,
                double flops,
                double seconds,
                double deviation,
                @Nullable Double promised,
                Judge.@Nullable Seen frames) {
            return new PolicyRun(
                    policy,
                    setting,
                    schedule,
                    flops / largeOnly,
                    flops * 1e-12,
                    seconds,
                    deviation,
                    promised,
                    frames == null ? null : (Double) frames.psnr(),
                    frames == null ? null : (Double) frames.ssim(),
                    frames == null ? null : (Boolean) frames.adheres());
        }
    }

    static String qualityName(double quality) {
        return String.format(Locale.ROOT, "q %s", quality);
    }

    /** The judge, who cannot be there before LARGE alone, the first schedule of the tree, has ended. */
    private static final class Judges implements AutoCloseable {
        private final OpenRequest request;
        private final HeldOut held;
        private @Nullable Judge judge;

        Judges(OpenRequest request, HeldOut held) {
            this.request = request;
            this.held = held;
        }

        Judge with(Tensor largeAlone) {
            if (judge == null) {
                judge = new Judge(request, held.captions(), largeAlone);
            }
            return judge;
        }

        Judge judge() {
            if (judge == null) {
                throw new IllegalStateException("LARGE alone comes first");
            }
            return judge;
        }

        @Override
        public void close() {
            if (judge != null) {
                judge.close();
            }
        }
    }
}
