package io.flowblend.evidence;

/**
 * The limits by which a pair's knowledge is judged; set by the tuning profile.
 *
 * @param minSamples requests that must have been read in each sigma bin a run passes, 1..1000000
 * @param minSupport twin runs or audits that must stand behind the promise, 1..10000
 * @param memory requests after which a reading counts half, 1..1000000
 * @param driftEvidence CUSUM limit, in standard deviations of the request factor, 2..100. Higher: fewer false alarms, slower
 */
public record LearningRules(int minSamples, int minSupport, int memory, double driftEvidence) {
    /** Those of the profile {@code balanced}. */
    public static final LearningRules DEFAULT = new LearningRules(16, 8, 256, 12);
}
