package io.flowblend.learning;

import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * How much a pair needs to be learned about, as numbers.
 *
 * @param begun what is under way
 * @param samples finished requests that could be measured, in buckets that are not ADAPTIVE
 * @param audits finished videos that are to be audited, in buckets that are
 * @param served seconds that both models ran for videos
 * @param learned seconds that both models ran to learn
 * @param budget share of all these seconds that may go into learning, 0..1
 */
record LearningNeed(Work begun, int samples, int audits, double served, double learned, double budget) {
    /** What is learned next about a pair. */
    enum Work {
        NONE,
        SAMPLE,
        AUDIT
    }

    /** What is under way; else samples until every bucket is ADAPTIVE, then audits; nothing beyond the budget. */
    Work work() {
        if (!withinBudget() || begun != Work.NONE) {
            return withinBudget() ? begun : Work.NONE;
        }
        if (samples > 0) {
            return Work.SAMPLE;
        }
        return audits > 0 ? Work.AUDIT : Work.NONE;
    }

    boolean withinBudget() {
        return learned < budget * (served + learned);
    }

    /**
     * Whose turn it is: samples before audits, since they make a pair faster for everyone, then who has got the smallest
     * part of its budget.
     *
     * @return index into {@code needs}; empty if nothing is to be done
     */
    static OptionalInt next(List<LearningNeed> needs) {
        List<LearningNeed> waiting =
                needs.stream().filter(need -> need.work() != Work.NONE).toList();
        return waiting.stream()
                .min(Comparator.comparing(LearningNeed::work).thenComparingDouble(LearningNeed::partOfBudget))
                .map(need -> OptionalInt.of(needs.indexOf(need)))
                .orElse(OptionalInt.empty());
    }

    private double partOfBudget() {
        return learned / (budget * (served + learned));
    }
}
