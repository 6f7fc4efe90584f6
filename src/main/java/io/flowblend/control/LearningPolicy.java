package io.flowblend.control;

/**
 * Serves a request whose pair is not known well enough: LARGE, with probes at equal distances from which the pair is
 * learned. Which steps these are shifts from request to request, so that all noise levels are read.
 */
final class LearningPolicy implements SwitchPolicy {
    private final double probeShare;
    private final long turn;
    private final Fallback fallback;

    /**
     * @param probeShare share of the steps that are probes, 0..1
     * @param turn any number that differs from request to request
     * @param fallback why the pair is not served adaptively
     */
    LearningPolicy(double probeShare, long turn, Fallback fallback) {
        this.probeShare = probeShare;
        this.turn = turn;
        this.fallback = fallback;
    }

    @Override
    public Decision decide(Step step) {
        long at = step.index() + Math.floorMod(turn, (long) step.count());
        boolean probed = Math.floor((at + 1) * probeShare) > Math.floor(at * probeShare);
        return (probed ? Decision.probe(Reason.LEARNING) : Decision.large(Reason.LEARNING)).under(fallback);
    }

    @Override
    public void observe(Reading reading) {
        // What the probes show is learned once the request has ended.
    }
}
