package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.ShippedCalibrations;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
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

    /** The balanced profile with one key set to another value. */
    static TuningProfile balancedWith(String key, Object value) {
        return TuningProfiles.read("balanced", new ByteArrayInputStream(balancedYaml(key, value)));
    }

    static byte[] balancedYaml(String key, Object value) {
        try (InputStream in = Objects.requireNonNull(Requests.class.getResourceAsStream("/profiles/balanced.yaml"))) {
            String yaml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            String changed = yaml.replaceFirst("(?m)^" + key + ": .*$", key + ": " + value);
            if (!yaml.contains("\n" + key + ": ")) {
                throw new AssertionError("there is no key " + key);
            }
            return changed.getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
