package io.flowblend.experiment.policies;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Schedule;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.rival.EasyCachePolicy;
import io.flowblend.control.rival.MagCachePolicy;
import io.flowblend.control.rival.SrDiffusionPolicy;
import io.flowblend.control.rival.TStitch;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.replay.Branch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Who takes part besides the adaptive policy, each at settings that spread it over the range of compute. */
final class Contestants {
    static final String LARGE = "LLL";
    static final String SMALL = "SSS";
    static final String FEWER = "fewer steps";
    static final String STATIC = "static L, S, R, P";
    static final String STATIC_MODELS = "static L, S";
    static final String STATIC_PROBED = "static L, S, P";
    static final String T_STITCH = "T-Stitch";

    /** The schedules of the FlowBlending paper, with the pair's stored profile. */
    static final List<String> STAGES = List.of("LSL", "LSS", "SLL");

    /** The families whose steps are plain LARGE and plain SMALL in a fixed order. */
    static final List<String> PLAIN = List.of("LSL", "LSS", "SLL", T_STITCH, STATIC_MODELS);

    private static final double[] T_STITCH_SHARES = {0.2, 0.4, 0.6, 0.8};
    private static final double[] SR_DIFFUSION_DELTAS = {0.0003, 0.001, 0.003, 0.01};
    private static final double[] EASY_CACHE_TAUS = {0.025, 0.05, 0.1, 0.2, 0.4, 0.8};
    private static final double[] MAG_CACHE_THRESHOLDS = {0.01, 0.03, 0.06, 0.12, 0.24, 0.5};
    private static final int[] MAG_CACHE_IN_A_ROW = {2, 4};
    private static final double SLOPE_SHARE = 0.5;
    private static final double[] SHARES_OF_STEPS = {0.25, 0.375, 0.5, 0.625, 0.75, 0.875};

    private Contestants() {}

    /** A rule at a setting, and what makes a prompt by it. */
    record Contestant(String policy, String setting, Branch branch) {}

    /** All that run the same noise levels as LARGE alone. */
    static List<Contestant> all(MeasuredPair pair, int steps, Fitted fitted) {
        List<Contestant> all = new ArrayList<>();
        addFixed(all, pair, SMALL, "", "S".repeat(steps));
        StoredProfile stored = pair.served().storedProfile();
        for (String stages : STAGES) {
            String profile = stored.early() + "/" + stored.late();
            addFixed(
                    all,
                    pair,
                    stages,
                    profile,
                    Schedule.parse(stages, steps, stored).letters());
        }
        for (double share : T_STITCH_SHARES) {
            addFixed(
                    all,
                    pair,
                    T_STITCH,
                    "small first " + share,
                    TStitch.schedule(share, steps).letters());
        }
        int number = 0;
        for (Fitted.FittedPattern pattern : fitted.patterns()) {
            addFixed(all, pair, pattern.family(), "no " + ++number, pattern.letters());
        }
        for (double tau : EASY_CACHE_TAUS) {
            add(all, "EasyCache", "tau", tau, () -> new EasyCachePolicy(tau, 0));
            add(all, "EasyCache, sloped", "tau", tau, () -> new EasyCachePolicy(tau, SLOPE_SHARE));
        }
        for (double threshold : MAG_CACHE_THRESHOLDS) {
            for (int most : MAG_CACHE_IN_A_ROW) {
                add(
                        all,
                        "MagCache",
                        "K " + most + ", threshold",
                        threshold,
                        () -> new MagCachePolicy(fitted.magnitudeRatios(), threshold, most));
            }
        }
        for (double delta : SR_DIFFUSION_DELTAS) {
            add(all, "SRDiffusion", "delta", delta, () -> new SrDiffusionPolicy(delta));
        }
        return all;
    }

    private static void addFixed(
            List<Contestant> all, MeasuredPair pair, String policy, String setting, String letters) {
        all.add(new Contestant(policy, setting, pair.fixed(policy + " " + setting, letters)));
    }

    private static void add(
            List<Contestant> all, String policy, String name, double setting, Supplier<SwitchPolicy> make) {
        String text = String.format(Locale.ROOT, "%s %s", name, setting);
        all.add(new Contestant(policy, text, Branch.deciding(policy + " " + text, spec -> make.get(), 1)));
    }

    /** Step counts of LARGE alone: what one has without any switching. */
    static List<Integer> fewerSteps(int steps) {
        return Arrays.stream(SHARES_OF_STEPS)
                .mapToObj(share -> (int) Math.round(share * steps))
                .filter(fewer -> fewer >= 1 && fewer < steps)
                .distinct()
                .toList();
    }
}
