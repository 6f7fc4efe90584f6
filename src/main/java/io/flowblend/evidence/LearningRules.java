package io.flowblend.evidence;

/**
 * The limits by which a pair's evidence is judged; set by the tuning profile.
 *
 * @param minSamples requests that must have read each source in each sigma bin that runs pass, 1..1000000
 * @param minSupport promise samples that some step class and source mix must have, 4..10000
 * @param memory requests after which a reading counts half, 1..1000000
 * @param driftEvidence CUSUM limit, in standard deviations between requests, 2..100. Higher: fewer false alarms, slower
 */
public record LearningRules(int minSamples, int minSupport, int memory, double driftEvidence) {
    /** Those of the profile {@code balanced}. */
    public static final LearningRules DEFAULT = new LearningRules(8, 8, 256, 12);
}
