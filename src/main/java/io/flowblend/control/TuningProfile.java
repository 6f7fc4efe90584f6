package io.flowblend.control;

import io.flowblend.evidence.LearningRules;
import java.util.List;

/**
 * The limits that an operator sets for the controller. Each is a key of a file under {@code profiles/}, in kebab case.
 *
 * @param name name of the file without its ending
 * @param allowedProfiles names of the profiles that a request may ask for while this one is the active one; itself always.
 *     {@code *} alone: all. Fewer: requests are held to these limits
 * @param defaultQuality quality of a request that names none, 0..1. Higher: fewer small steps
 * @param headFraction share of the steps at the start that LARGE always makes, 0..1, rounded up. The layout is made there
 * @param minHeadSteps steps at the start that LARGE always makes at least, 0..100; matters when there are few steps
 * @param tailFraction share of the steps at the end that LARGE always makes, 0..1, rounded down
 * @param confirmations consecutive probes that must agree before the small stage begins, 1..10. Higher: later, surer
 *     entry; each costs a small forward
 * @param exitOverEntry divergence at which the small stage ends, over that at which it begins, 1..5. Higher: fewer
 *     switches, slower reaction
 * @param maxVariance largest spread (standard deviation over mean) of the divergence at which SMALL may run, 0.01..2.
 *     Lower: LARGE where the pair, or this request, is erratic
 * @param minDwell steps that a stage lasts at least, 1..50
 * @param probeIntervalMin steps in the small stage before its first probe, {@code minDwell}..100
 * @param probeIntervalMax steps between probes at most, {@code probeIntervalMin}..1000
 * @param probeIntervalGrowth factor on the interval after a probe that agrees, 1..10. Higher: fewer probes
 * @param reuseLimit steps in a row that may carry the last velocity on instead of computing one, 0..50; 0 never does.
 *     More: faster at low qualities
 * @param uncertainty how many standard deviations of the curve are added to a prediction, 0..4, shrinking with probes.
 *     Higher: fewer small steps before the request has been probed
 * @param driftLimit factor by which this request's divergence may depart from the curve before the calibration is
 *     given up for the request, 1.1..10
 * @param minSamples readings that a sigma bin must hold to be trusted, 1..1000000
 * @param minSupport twin runs or audits that must stand behind the promise before a new pair is ADAPTIVE, 1..10000
 * @param memory requests after which a reading counts half in the pair's curve, 1..1000000. Less: follows changes faster,
 *     noisier
 * @param driftEvidence CUSUM limit, in standard deviations, at which the pair is taken to have drifted, 2..100. Higher:
 *     fewer false alarms, slower
 * @param learningProbes share of a request's steps that are probed while the pair is learned, 0..1; each costs a small
 *     forward
 * @param learningBudget share of this worker's compute that twin runs and audits may take in idle time, 0..1
 * @param auditShare share of the finished videos whose promise is audited in idle time, 0..1
 * @param shadow decide and record, but always run LARGE
 */
public record TuningProfile(
        String name,
        List<String> allowedProfiles,
        double defaultQuality,
        double headFraction,
        int minHeadSteps,
        double tailFraction,
        int confirmations,
        double exitOverEntry,
        double maxVariance,
        int minDwell,
        int probeIntervalMin,
        int probeIntervalMax,
        double probeIntervalGrowth,
        int reuseLimit,
        double uncertainty,
        double driftLimit,
        int minSamples,
        int minSupport,
        int memory,
        double driftEvidence,
        double learningProbes,
        double learningBudget,
        double auditShare,
        boolean shadow) {

    private static final List<String> ALL = List.of("*");

    public TuningProfile {
        allowedProfiles = List.copyOf(allowedProfiles);
        within("default-quality", defaultQuality, 0, 1);
        within("head-fraction", headFraction, 0, 1);
        within("min-head-steps", minHeadSteps, 0, 100);
        within("tail-fraction", tailFraction, 0, 1);
        within("confirmations", confirmations, 1, 10);
        within("exit-over-entry", exitOverEntry, 1, 5);
        within("max-variance", maxVariance, 0.01, 2);
        within("min-dwell", minDwell, 1, 50);
        within("probe-interval-min", probeIntervalMin, minDwell, 100);
        within("probe-interval-max", probeIntervalMax, probeIntervalMin, 1000);
        within("probe-interval-growth", probeIntervalGrowth, 1, 10);
        within("reuse-limit", reuseLimit, 0, 50);
        within("uncertainty", uncertainty, 0, 4);
        within("drift-limit", driftLimit, 1.1, 10);
        within("min-samples", minSamples, 1, 1_000_000);
        within("min-support", minSupport, 1, 10_000);
        within("memory", memory, 1, 1_000_000);
        within("drift-evidence", driftEvidence, 2, 100);
        within("learning-probes", learningProbes, 0, 1);
        within("learning-budget", learningBudget, 0, 1);
        within("audit-share", auditShare, 0, 1);
    }

    /** Whether a request may ask for the profile {@code asked} while this one is the active one. */
    public boolean allows(String asked) {
        return asked.equals(name) || allowsAll() || allowedProfiles.contains(asked);
    }

    public boolean allowsAll() {
        return allowedProfiles.equals(ALL);
    }

    /** The same, but every velocity is computed by one of the models. */
    public TuningProfile withoutReuse() {
        return new TuningProfile(
                name,
                allowedProfiles,
                defaultQuality,
                headFraction,
                minHeadSteps,
                tailFraction,
                confirmations,
                exitOverEntry,
                maxVariance,
                minDwell,
                probeIntervalMin,
                probeIntervalMax,
                probeIntervalGrowth,
                0,
                uncertainty,
                driftLimit,
                minSamples,
                minSupport,
                memory,
                driftEvidence,
                learningProbes,
                learningBudget,
                auditShare,
                shadow);
    }

    /** The limits by which what is learned is judged. */
    public LearningRules learning() {
        return new LearningRules(minSamples, minSupport, memory, driftEvidence);
    }

    /** Steps at the start of a run that LARGE always makes. */
    public int headSteps(int steps) {
        return Math.min(steps, Math.max(minHeadSteps, (int) Math.ceil(headFraction * steps - 1e-9)));
    }

    /** Steps at the end of a run that LARGE always makes. */
    public int tailSteps(int steps) {
        return StaticPolicy.wholeSteps(tailFraction, steps);
    }

    private static void within(String key, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new IllegalArgumentException(
                    "'" + key + "' must be in " + text(low) + ".." + text(high) + ", not " + text(value));
        }
    }

    private static String text(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }
}
