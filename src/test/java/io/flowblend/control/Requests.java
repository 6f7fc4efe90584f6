package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Study;
import io.flowblend.tuning.TuningProfiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;

/** Requests for the pair {@code digits} as the pipeline would make them. */
public final class Requests {
    public static final Calibration DIGITS = Study.calibration();
    public static final Calibration.StoredProfile STORED = new Calibration.StoredProfile(0.4, 0.2);
    public static final double SMALL_COST = 0.226;
    /** The balanced profile with a tail, more probes and LARGE and SMALL alone, so that a scenario shows more. */
    public static final TuningProfile WATCHFUL = watchfulWith("probe-interval-min", 5);

    private Requests() {}

    /** The balanced profile with LARGE and SMALL alone, as the study was made. */
    public static TuningProfile plain() {
        return TuningProfiles.packaged("balanced").withoutReuse();
    }

    /** The balanced profile with one key set to another value. */
    public static TuningProfile balancedWith(String key, Object value) {
        String changed = balanced().replaceFirst("(?m)^" + key + ": .*$", key + ": " + value);
        return TuningProfiles.read("balanced", new ByteArrayInputStream(changed.getBytes(StandardCharsets.UTF_8)));
    }

    private static String balanced() {
        try (InputStream in = Objects.requireNonNull(Requests.class.getResourceAsStream("/profiles/balanced.yaml"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static PolicyRequest adaptive(double[] sigmas, double quality) {
        return adaptive(sigmas, quality, WATCHFUL, Optional.of(DIGITS));
    }

    public static PolicyRequest adaptive(
            double[] sigmas, double quality, TuningProfile profile, Optional<Calibration> calibration) {
        return new PolicyRequest(
                "adaptive", "", sigmas, quality, profile, state(calibration), calibration, "", STORED, SMALL_COST);
    }

    private static PairState state(Optional<Calibration> calibration) {
        return calibration.isPresent() ? PairState.ADAPTIVE : PairState.COLD;
    }

    public static PolicyRequest fixed(String schedule, double[] sigmas) {
        return new PolicyRequest(
                "static",
                schedule,
                sigmas,
                0.5,
                WATCHFUL,
                PairState.ADAPTIVE,
                Optional.of(DIGITS),
                "",
                STORED,
                SMALL_COST);
    }

    /** The watchful profile with one key set to another value. */
    public static TuningProfile watchfulWith(String key, Object value) {
        return TuningProfiles.read("balanced", new ByteArrayInputStream(watchfulYaml(key, value)));
    }

    public static byte[] watchfulYaml(String key, Object value) {
        String watchful = balanced()
                .replaceFirst("(?m)^tail-fraction: .*$", "tail-fraction: 0.025")
                .replaceFirst("(?m)^probe-interval-min: .*$", "probe-interval-min: 5")
                .replaceFirst("(?m)^probe-interval-max: .*$", "probe-interval-max: 20")
                .replaceFirst("(?m)^confirmations: .*$", "confirmations: 2")
                .replaceFirst("(?m)^reuse-limit: .*$", "reuse-limit: 0");
        if (!watchful.contains("\n" + key + ": ")) {
            throw new AssertionError("there is no key " + key);
        }
        return watchful.replaceFirst("(?m)^" + key + ": .*$", key + ": " + value)
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Noise levels of a flow schedule. */
    public static double[] sigmas(int steps, double shift) {
        double[] sigmas = new double[steps + 1];
        for (int i = 0; i <= steps; i++) {
            double u = 1 - (double) i / steps;
            sigmas[i] = shift * u / (1 + (shift - 1) * u);
        }
        return sigmas;
    }
}
