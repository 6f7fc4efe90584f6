package io.flowblend.experiment;

import io.flowblend.control.Role;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.rival.EasyCachePolicy;
import io.flowblend.control.rival.SrDiffusionPolicy;
import io.flowblend.control.rival.TStitch;
import io.flowblend.control.rival.TeaCachePolicy;
import io.flowblend.model.PairSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.function.Supplier;

/** Who takes part besides the adaptive policy, each at settings that spread it over the range of compute. */
final class Contestants {
    static final String PATTERN = "pattern";

    static final String ADAPTIVE = "adaptive";

    /** The adaptive policy by each tuning profile, at its default quality. */
    static final String PROFILE = "profile";

    /** The adaptive policy where no velocity is carried on. */
    static final String ADAPTIVE_MODELS = ADAPTIVE + " L/S";

    private static final int EIGHTHS = 8;
    private static final double[] T_STITCH_SHARES = {0.2, 0.4, 0.6, 0.8};
    private static final double[] SR_DIFFUSION_DELTAS = {0.0003, 0.001, 0.003, 0.01};
    private static final double[] EASY_CACHE_TAUS = {0.05, 0.1, 0.2, 0.4, 0.8};
    private static final double[] TEA_CACHE_DELTAS = {0.02, 0.05, 0.1, 0.2, 0.4};

    private static final double[] SHARES_OF_STEPS = {0.25, 0.375, 0.5, 0.625, 0.75, 0.875};

    private Contestants() {}

    /**
     * A schedule that is fixed beforehand.
     *
     * @param shown whether its frames are compared too
     */
    record Fixed(String policy, String setting, String letters, boolean shown) {}

    /** A rule that sees the run. */
    record Online(String policy, String setting, Supplier<SwitchPolicy> make) {}

    /** LARGE and SMALL alone, the paper's LSL, T-Stitch, and all eighth patterns that begin with L. */
    static List<Fixed> fixed(int steps, PairSpec.StoredProfile stored) {
        List<Fixed> all = new ArrayList<>();
        all.add(new Fixed("LLL", "", "L".repeat(steps), true));
        all.add(new Fixed("SSS", "", "S".repeat(steps), true));
        String profile = stored.early() + "/" + stored.late();
        all.add(new Fixed("LSL", profile, letters("LSL", steps, stored.early(), stored.late()), true));
        for (double share : T_STITCH_SHARES) {
            all.add(new Fixed("T-Stitch", "small first " + share, TStitch.schedule(share, steps), true));
        }
        for (int bits = 0; bits < 1 << (EIGHTHS - 1); bits++) {
            String pattern = pattern(bits);
            all.add(new Fixed(PATTERN, pattern, letters(pattern, steps, 0, 0), false));
        }
        return all;
    }

    /** Begins with L; each set bit, highest first, makes one of the other eighths SMALL. */
    private static String pattern(int bits) {
        StringBuilder letters = new StringBuilder("L");
        for (int bit = EIGHTHS - 2; bit >= 0; bit--) {
            letters.append((bits >> bit & 1) == 0 ? 'L' : 'S');
        }
        return letters.toString();
    }

    private static String letters(String schedule, int steps, double early, double late) {
        StaticPolicy policy = StaticPolicy.of(schedule, steps, early, late);
        StringBuilder letters = new StringBuilder();
        for (int step = 0; step < steps; step++) {
            letters.append(policy.role(step) == Role.LARGE ? 'L' : 'S');
        }
        return letters.toString();
    }

    /** Step counts of LARGE alone: what one has without any switching. */
    static List<Integer> fewerSteps(int steps) {
        return Arrays.stream(SHARES_OF_STEPS)
                .mapToObj(share -> (int) Math.round(share * steps))
                .filter(fewer -> fewer >= 1 && fewer < steps)
                .distinct()
                .toList();
    }

    static List<Online> online() {
        List<Online> all = new ArrayList<>();
        add(all, "SRDiffusion", "delta", SR_DIFFUSION_DELTAS, SrDiffusionPolicy::new);
        add(all, "EasyCache", "tau", EASY_CACHE_TAUS, EasyCachePolicy::new);
        add(all, "TeaCache", "delta", TEA_CACHE_DELTAS, TeaCachePolicy::new);
        return all;
    }

    private static void add(
            List<Online> all, String policy, String name, double[] settings, DoubleFunction<SwitchPolicy> make) {
        for (double setting : settings) {
            all.add(new Online(policy, String.format(Locale.ROOT, "%s %s", name, setting), () -> make.apply(setting)));
        }
    }
}
