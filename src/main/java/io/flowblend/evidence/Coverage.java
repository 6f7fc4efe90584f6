package io.flowblend.evidence;

import io.flowblend.calibration.Reach;
import java.util.List;

/**
 * How the promises stand, by the last audits, and the rule that keeps 95 % of them.
 *
 * <p>Each audit has a score: the true deviation over the one that a budget as large as the predicted one reaches. While 95 %
 * of the scores are at most 1, so are the promises kept. Otherwise every budget is divided by the score that 95 % stay
 * below (the split conformal quantile, Vovk 2005): what is promised stays, what is spent falls. A score does not depend on
 * the budget it was made under, so the rule does not swing back and forth.
 *
 * @param audits that were counted
 * @param kept promises among them
 * @param tightening what budgets are divided by, 1..4; 1 while the promises hold
 */
public record Coverage(int audits, int kept, double tightening) {
    /** Share of the promises that must be kept. */
    public static final double PROMISED = 0.95;

    private static final int FEWEST = 20;
    private static final int COUNTED = 100;
    private static final double MOST = 4;

    static Coverage of(List<Audit> all, Reach reach) {
        List<Audit> last = all.subList(Math.max(0, all.size() - COUNTED), all.size());
        int kept = (int) last.stream().filter(Audit::kept).count();
        if (last.size() < FEWEST) {
            return new Coverage(last.size(), kept, 1);
        }
        double[] scores = last.stream()
                .mapToDouble(audit -> audit.actual()
                        / Math.max(
                                reach.of(audit.predicted(), audit.conditions().steps()), audit.promised() / MOST))
                .sorted()
                .toArray();
        int index = Math.min(scores.length, (int) Math.ceil(PROMISED * (scores.length + 1))) - 1;
        return new Coverage(last.size(), kept, Math.max(1, Math.min(MOST, scores[index])));
    }

    /** Share of the audited promises that were kept; 1 if none was audited. */
    public double share() {
        return audits == 0 ? 1 : (double) kept / audits;
    }
}
