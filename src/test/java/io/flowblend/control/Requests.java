package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.ShippedCalibrations;
import java.util.Optional;

/** Requests for the pair {@code digits} as the pipeline would make them. */
final class Requests {
    static final Calibration DIGITS =
            ShippedCalibrations.packaged().find("digits").orElseThrow();
    static final Calibration.StoredProfile STORED = new Calibration.StoredProfile(0.4, 0.2);
    static final double SMALL_COST = 0.226;
    static final TuningProfile BALANCED = TuningProfiles.packaged("balanced");

    private Requests() {}

    static PolicyRequest adaptive(double[] sigmas, double quality) {
        return adaptive(sigmas, quality, BALANCED, Optional.of(DIGITS));
    }

    static PolicyRequest adaptive(
            double[] sigmas, double quality, TuningProfile profile, Optional<Calibration> calibration) {
        return new PolicyRequest("adaptive", "", sigmas, quality, profile, calibration, "", STORED, SMALL_COST);
    }

    static PolicyRequest fixed(String schedule, double[] sigmas) {
        return new PolicyRequest(
                "static", schedule, sigmas, 0.5, BALANCED, Optional.of(DIGITS), "", STORED, SMALL_COST);
    }

    /** Noise levels of a flow schedule. */
    static double[] sigmas(int steps, double shift) {
        double[] sigmas = new double[steps + 1];
        for (int i = 0; i <= steps; i++) {
            double u = 1 - (double) i / steps;
            sigmas[i] = shift * u / (1 + (shift - 1) * u);
        }
        return sigmas;
    }
}
