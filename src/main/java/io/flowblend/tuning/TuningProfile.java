package io.flowblend.tuning;

import io.flowblend.calibration.PromiseCurve;
import io.flowblend.control.ControlLimits;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.file.Fields;
import java.util.Collections;
import java.util.List;

/**
 * The limits that an operator sets. Each is a key of a file under {@code profiles/}, in kebab case; {@code balanced.yaml}
 * says what each means.
 *
 * @param name name of the file without its ending
 * @param allowedProfiles names of the profiles that a request may ask for while this one is the active one; itself always.
 *     {@code *} alone: all
 * @param defaultQuality quality of a request that names none, 0..1
 * @param limits of the controller
 * @param exploreEvery one request in so many has a probe however sure its plan is, 1..1000000
 * @param learning limits of what is learned besides
 */
public record TuningProfile(
        String name,
        List<String> allowedProfiles,
        double defaultQuality,
        ControlLimits limits,
        int exploreEvery,
        Learning learning) {
    private static final List<String> ALL = List.of("*");

    /**
     * How the evidence about pairs is gathered and judged.
     *
     * @param minSamples requests that must have been read in each sigma bin, 1..1000000
     * @param minSupport finished runs that must stand behind a promise before a new pair is ADAPTIVE, 4..10000
     * @param memory requests after which a reading counts half, 1..1000000
     * @param driftEvidence CUSUM limit, in standard deviations, at which the pair counts as drifted, 2..100
     * @param learningBudget share of this worker's compute that samples and audits may take in idle time, 0..1
     * @param auditShare share of the finished videos that are audited in idle time, 0..1
     */
    public record Learning(
            int minSamples,
            int minSupport,
            int memory,
            double driftEvidence,
            double learningBudget,
            double auditShare) {}

    public TuningProfile {
        allowedProfiles = List.copyOf(allowedProfiles);
    }

    /** Asks a file for exactly the keys that a profile has, each within its range. */
    static TuningProfile of(String name, Fields fields) {
        return new TuningProfile(
                name,
                fields.texts("allowed-profiles"),
                within(fields, "default-quality", 0, 1),
                limits(fields),
                whole(fields, "explore-every", 1, 1_000_000),
                learning(fields));
    }

    private static ControlLimits limits(Fields fields) {
        return new ControlLimits(
                within(fields, "head", 0, 1),
                within(fields, "tail", 0, 1),
                within(fields, "longest-reuse", 0, 0.5),
                within(fields, "longest-stretch", 0, 1),
                byBin(fields, "max-divergence", 0, 10),
                within(fields, "hysteresis", 1, 5),
                within(fields, "uncertainty", 0, 4),
                within(fields, "coverage", 0.5, 0.999),
                within(fields, "learning-probes", 0, 1),
                fields.flag("guidance-reuse"),
                fields.flag("shadow"));
    }

    private static Learning learning(Fields fields) {
        return new Learning(
                whole(fields, "min-samples", 1, 1_000_000),
                whole(fields, "min-support", PromiseCurve.FEWEST, 10_000),
                whole(fields, "memory", 1, 1_000_000),
                within(fields, "drift-evidence", 2, 100),
                within(fields, "learning-budget", 0, 1),
                within(fields, "audit-share", 0, 1));
    }

    /** Whether a request may ask for the profile {@code asked} while this one is the active one. */
    public boolean allows(String asked) {
        return asked.equals(name) || allowsAll() || allowedProfiles.contains(asked);
    }

    boolean allowsAll() {
        return allowedProfiles.equals(ALL);
    }

    private static double within(Fields fields, String key, double low, double high) {
        double value = fields.number(key);
        checkWithin(key, value, low, high);
        return value;
    }

    private static void checkWithin(String key, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new IllegalArgumentException(
                    "'" + key + "' must be in " + text(low) + ".." + text(high) + ", not " + text(value));
        }
    }

    /** One number for all sigma bins, or one for each, from sigma 0 up. */
    private static List<Double> byBin(Fields fields, String key, double low, double high) {
        List<Double> values = fields.numberOrNumbers(key);
        values.forEach(value -> checkWithin(key, value, low, high));
        if (values.size() != 1 && values.size() != SigmaBins.COUNT) {
            throw new IllegalArgumentException("'" + key + "' must be one number or " + SigmaBins.COUNT
                    + ", one for each sigma bin, not " + values.size());
        }
        return values.size() == 1 ? Collections.nCopies(SigmaBins.COUNT, values.get(0)) : values;
    }

    private static int whole(Fields fields, String key, int low, int high) {
        int value = fields.integer(key);
        if (value < low || value > high) {
            throw new IllegalArgumentException("'" + key + "' must be in " + low + ".." + high + ", not " + value);
        }
        return value;
    }

    private static String text(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }
}
