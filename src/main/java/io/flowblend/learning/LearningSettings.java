package io.flowblend.learning;

import io.flowblend.control.TuningProfile;
import io.flowblend.evidence.LearningRules;

/**
 * The limits of learning, from the tuning profile.
 *
 * @param budget share of the compute that may go into learning in idle time, 0..1
 * @param auditShare share of the finished videos that promised something and are audited, 0..1
 * @param rules by which what is known is judged
 */
public record LearningSettings(double budget, double auditShare, LearningRules rules) {
    public LearningSettings {
        if (!(budget >= 0 && budget <= 1)) {
            throw new IllegalArgumentException("learning-budget must be in 0..1, not " + budget);
        }
        if (!(auditShare >= 0 && auditShare <= 1)) {
            throw new IllegalArgumentException("audit-share must be in 0..1, not " + auditShare);
        }
    }

    public static LearningSettings of(TuningProfile profile) {
        return new LearningSettings(profile.learningBudget(), profile.auditShare(), profile.learning());
    }
}
