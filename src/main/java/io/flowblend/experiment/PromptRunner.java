package io.flowblend.experiment;

import io.flowblend.control.RequestControl;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.model.PairSpec;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.sampling.FlowSampler;
import io.flowblend.sampling.Sampled;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepListener;
import io.flowblend.sampling.StepRecord;
import io.flowblend.tuning.TuningProfiles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes one prompt by many policies and compares each with LARGE alone, which is made first. */
final class PromptRunner implements AutoCloseable {
    private final OpenRequest request;
    private final SamplingSpec whole;
    private final int steps;
    private final Judge judge;
    private final FlowSampler sampler = new FlowSampler();
    private final StepMedians times = new StepMedians();

    /** @param request open as long as this is */
    PromptRunner(OpenRequest request, HeldOut held) {
        this.request = request;
        this.whole = request.fromNoise();
        this.steps = whole.schedule().steps();
        SwitchPolicy large = StaticPolicy.of("L".repeat(steps), steps, 0, 0);
        try (Sampled reference = sampler.sample(whole, large, times)) {
            this.judge = new Judge(request, held.captions(), reference.latents());
        }
    }

    /** All that take part besides the adaptive policy. */
    List<PolicyRun> rivals(PairSpec.StoredProfile stored) {
        List<Contestants.Fixed> fixed = Contestants.fixed(steps, stored);
        Map<String, Boolean> shown = new HashMap<>();
        fixed.forEach(policy -> shown.merge(policy.letters(), policy.shown(), Boolean::logicalOr));
        Map<String, Judge.Seen> seen = new HashMap<>();
        Map<String, Double> deviations = new HashMap<>();
        ScheduleTree.run(whole, shown.keySet(), times, (letters, latents) -> {
            deviations.put(letters, judge.deviation(latents));
            if (shown.getOrDefault(letters, false)) {
                seen.put(letters, judge.look(latents));
            }
        });
        List<PolicyRun> runs = new ArrayList<>();
        for (Contestants.Fixed policy : fixed) {
            Judge.Seen frames = policy.shown() ? seen.get(policy.letters()) : null;
            double deviation = deviations.getOrDefault(policy.letters(), Double.NaN);
            runs.add(fixedRun(policy.policy(), policy.setting(), policy.letters(), deviation, frames));
        }
        for (Contestants.Online policy : Contestants.online()) {
            runs.add(run(policy.policy(), policy.setting(), whole, policy.make().get(), null));
        }
        for (int fewer : Contestants.fewerSteps(steps)) {
            runs.add(fewerSteps(fewer));
        }
        return runs;
    }

    /**
     * The adaptive policy, the same with LARGE and SMALL alone, and the clairvoyant schedule of LARGE and SMALL at no more
     * compute than that.
     *
     * @param rivals what {@link #rivals} gave for this prompt
     */
    List<PolicyRun> adaptive(List<Double> qualities, List<PolicyRun> rivals, int oracleRounds) {
        Map<String, Double> known = new LinkedHashMap<>();
        rivals.stream()
                .filter(run ->
                        run.schedule().length() == steps && run.schedule().matches("[LS]+"))
                .forEach(run -> known.put(run.schedule(), run.deviation()));
        Clairvoyant oracle = new Clairvoyant(whole, judge::deviation, known);
        List<PolicyRun> runs = new ArrayList<>();
        for (double quality : qualities) {
            String setting = qualityName(quality);
            RequestControl control = request.control(quality);
            PolicyRun adaptive = run(Contestants.ADAPTIVE, setting, whole, control, control);
            runs.add(adaptive);
            RequestControl models = request.controlOfModels(quality);
            PolicyRun ofModels = run(Contestants.ADAPTIVE_MODELS, setting, whole, models, models);
            runs.add(ofModels);
            String best = oracle.best(fewestSmall(ofModels.compute()), oracleRounds);
            runs.add(fixedRun("oracle", setting, best, known.getOrDefault(best, Double.NaN), null));
        }
        for (String profile : TuningProfiles.PACKAGED) {
            RequestControl control = request.controlBy(profile);
            runs.add(run(Contestants.PROFILE, profile, whole, control, control));
        }
        return runs;
    }

    static String qualityName(double quality) {
        return String.format(Locale.ROOT, "q %s", quality);
    }

    private int fewestSmall(double compute) {
        double saved = 1 - request.smallStepFlops() / request.largeStepFlops();
        return Math.max(0, Math.min(steps, (int) Math.ceil(steps * (1 - compute) / saved - 1e-9)));
    }

    private PolicyRun fewerSteps(int fewer) {
        SamplingSpec shorter = SamplingSpec.fromNoise(
                        whole.large(),
                        whole.small(),
                        whole.guidance(),
                        whole.solver().schedule(fewer, request.flowShift()),
                        whole.solver(),
                        whole.start().x())
                .withSmallGuidance(whole.smallGuidance());
        SwitchPolicy large = StaticPolicy.of("L".repeat(fewer), fewer, 0, 0);
        return run("fewer steps", fewer + " steps", shorter, large, null);
    }

    private PolicyRun fixedRun(
            String policy, String setting, String letters, double deviation, Judge.@Nullable Seen frames) {
        long small = letters.chars().filter(letter -> letter == 'S').count();
        long large = letters.length() - small;
        double flops = large * request.largeStepFlops() + small * request.smallStepFlops();
        double seconds = large * times.large() + small * times.small();
        return runOf(policy, setting, letters, flops, seconds, deviation, null, frames);
    }

    private PolicyRun run(
            String policy, String setting, SamplingSpec spec, SwitchPolicy rule, @Nullable RequestControl control) {
        try (Sampled sampled = sampler.sample(spec, rule, StepListener.NONE)) {
            return runOf(
                    policy,
                    setting,
                    sampled.trace().schedule(),
                    sampled.trace().steps().stream()
                            .mapToDouble(StepRecord::flops)
                            .sum(),
                    sampled.seconds(),
                    judge.deviation(sampled.latents()),
                    promised(control),
                    judge.look(sampled.latents()));
        }
    }

    private static @Nullable Double promised(@Nullable RequestControl control) {
        return control == null || control.promisedDeviation().isEmpty()
                ? null
                : (Double) control.promisedDeviation().getAsDouble();
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
                flops / (request.largeStepFlops() * steps),
                flops * 1e-12,
                seconds,
                deviation,
                promised,
                frames == null ? null : (Double) frames.psnr(),
                frames == null ? null : (Double) frames.ssim(),
                frames == null ? null : (Boolean) frames.adheres());
    }

    @Override
    public void close() {
        judge.close();
    }
}
