package io.flowblend.experiment.policies;

import io.flowblend.control.Move;
import io.flowblend.control.Promise;
import io.flowblend.control.Reason;
import io.flowblend.control.RequestControl;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.Judge;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.SideBySide;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.replay.Branch;
import io.flowblend.replay.Replay;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.SamplingSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Makes a held-out prompt by many policies. */
final class PromptRunner {
    private final MeasuredPair pair;
    private final int steps;

    PromptRunner(MeasuredPair pair, int steps) {
        this.pair = pair;
        this.steps = steps;
    }

    /** LARGE alone and all that take part besides the adaptive policy. */
    PromptRuns rivals(HeldOut held, Fitted fitted) {
        List<Contestants.Contestant> all = Contestants.all(pair, steps, fitted);
        return made(held, request -> {
            try (Judge judge = Judge.ofFrames(request, held.captions(), pair.reader())) {
                List<Branch> branches =
                        all.stream().map(Contestants.Contestant::branch).toList();
                SideBySide.Runs runs = SideBySide.run(request, branches, judge);
                List<PolicyRun> rows = new ArrayList<>();
                rows.add(row(Contestants.LARGE, "", runs.run(Replay.LARGE), null, ""));
                all.forEach(each -> rows.add(row(
                        each.policy(), each.setting(), runs.run(each.branch().name()), null, "")));
                for (int fewer : Contestants.fewerSteps(steps)) {
                    rows.add(row(Contestants.FEWER, fewer + " steps", fewer(request, fewer, judge), null, ""));
                }
                return rows;
            }
        });
    }

    private SideBySide.Run fewer(OpenRequest request, int fewer, Judge judge) {
        SamplingSpec whole = request.fromNoise().tracking(Set.of());
        SamplingSpec shorter = whole.solvedBy(whole.solver(), whole.solver().schedule(fewer, request.flowShift()));
        Schedule large = Schedule.all(Move.LARGE, fewer);
        try (SamplingRun run = new SamplingRun(shorter, StaticPolicy.of(large, Reason.SCHEDULE))) {
            run.finish();
            try (Tensor latents = run.latents()) {
                return new SideBySide.Run(large.letters(), (double) fewer / steps, judge.compare(latents));
            }
        }
    }

    /** The adaptive policy by several profiles at several qualities. */
    PromptRuns adaptive(HeldOut held, List<String> profiles, List<Double> qualities) {
        return made(held, request -> {
            Map<String, RequestControl> controls = new LinkedHashMap<>();
            profiles.forEach(profile -> qualities.forEach(
                    quality -> controls.put(name(profile, quality), request.control(quality, profile))));
            List<Branch> branches = controls.entrySet().stream()
                    .map(each -> Branch.deciding(each.getKey(), spec -> each.getValue(), 1))
                    .toList();
            try (Judge judge = Judge.ofFrames(request, held.captions(), pair.reader())) {
                SideBySide.Runs runs = SideBySide.run(request, branches, judge);
                List<PolicyRun> rows = new ArrayList<>();
                for (String profile : profiles) {
                    for (double quality : qualities) {
                        String name = name(profile, quality);
                        RequestControl control =
                                Optional.ofNullable(controls.get(name)).orElseThrow();
                        rows.add(row(
                                PolicySummary.ADAPTIVE + profile,
                                "q " + quality,
                                runs.run(name),
                                control.promise().map(Promise::deviation).orElse(null),
                                control.fallsBack()
                                        .map(fallback -> fallback.cause().name())
                                        .orElse("")));
                    }
                }
                return rows;
            }
        });
    }

    private static String name(String profile, double quality) {
        return profile + " " + quality;
    }

    private PromptRuns made(HeldOut held, Function<OpenRequest, List<PolicyRun>> work) {
        List<PolicyRun> runs = pair.opened().open(pair.request(held, steps), work);
        return new PromptRuns(held.index(), held.prompt(), held.seed(), held.digits(), runs);
    }

    private static PolicyRun row(
            String policy, String setting, SideBySide.Run run, @Nullable Double promised, String fallback) {
        Judge.Look look = run.found().look().orElseThrow();
        return new PolicyRun(
                policy,
                setting,
                run.letters(),
                run.compute(),
                run.deviation(),
                promised,
                fallback,
                look.psnr(),
                look.ssim(),
                look.adheres());
    }
}
