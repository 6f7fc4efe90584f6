package io.flowblend.learning;

import io.flowblend.evidence.LearningRules;
import io.flowblend.tuning.TuningProfile;

/**
 * The limits of learning, from the tuning profile.
 *
 * @param budget share of the compute that may go into learning in idle time, 0..1
 * @param auditShare share of the finished videos that promised something and are audited, 0..1
 * @param rules by which the evidence is judged
 */
public record LearningSettings(double budget, double auditShare, LearningRules rules) {
    public static LearningSettings of(TuningProfile profile) {
        TuningProfile.Learning learning = profile.learning();
        return new LearningSettings(learning.learningBudget(), learning.auditShare(), rules(learning));
    }

    /** The rules that a profile sets. */
    public static LearningRules rules(TuningProfile.Learning learning) {
        return new LearningRules(
                learning.minSamples(), learning.minSupport(), learning.memory(), learning.driftEvidence());
    }
}
