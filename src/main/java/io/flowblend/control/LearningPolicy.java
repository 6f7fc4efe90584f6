package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.divergence.SigmaBins;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Serves a request whose pair is not known well enough yet, and learns from it: a fixed schedule (LARGE alone, or the
 * stored profile where one was measured) with probes on the steps whose sigma bins hold the fewest readings. A probe that
 * shows SMALL to be worthless, where the schedule would have it, means that no further step of the request is SMALL; its
 * probes go on, so that the pair is learned.
 */
final class LearningPolicy implements SwitchPolicy {
    private final StaticPolicy schedule;
    private final boolean[] probed;
    private Optional<Fallback> worthless = Optional.empty();

    /**
     * @param schedule what serves the request, with the fallback's reason
     * @param calibration what is known so far
     * @param sigmas noise levels of the run, steps + 1 of them
     * @param probeShare share of the steps to probe, 0..1
     */
    LearningPolicy(StaticPolicy schedule, Optional<Calibration> calibration, double[] sigmas, double probeShare) {
        this.schedule = schedule;
        this.probed = probes(calibration.map(DeviationModel::new), sigmas, probeShare);
    }

    /** The steps in the order of what their bins lack; each reading counts at once, so they spread over the bins. */
    private static boolean[] probes(Optional<DeviationModel> model, double[] sigmas, double share) {
        boolean[] probed = new boolean[sigmas.length - 1];
        Map<Integer, Long> readings = new HashMap<>();
        for (int step = 0; step < probed.length; step++) {
            double sigma = sigmas[step];
            readings.put(
                    SigmaBins.indexOf(sigma), model.map(m -> m.samples(sigma)).orElse(0L));
        }
        Map<Integer, Long> planned = new HashMap<>();
        for (int probe = 0; probe < Math.ceil(share * probed.length - 1e-9); probe++) {
            int best = -1;
            long least = Long.MAX_VALUE;
            for (int step = 0; step < probed.length; step++) {
                int bin = SigmaBins.indexOf(sigmas[step]);
                // A second reading of a bin in one request teaches little: a request counts once in it.
                long worth = readings.getOrDefault(bin, 0L) + planned.getOrDefault(bin, 0L) * 1_000_000_000L;
                if (!probed[step] && worth < least) {
                    best = step;
                    least = worth;
                }
            }
            probed[best] = true;
            planned.merge(SigmaBins.indexOf(sigmas[best]), 1L, Long::sum);
        }
        return probed;
    }

    @Override
    public Decision decide(Step step) {
        if (probed[step.index()]) {
            return Decision.probe(Reason.LEARNING);
        }
        return worthless.isPresent() ? Decision.large(Reason.WORTHLESS) : schedule.decide(step);
    }

    /** How LARGE's velocity changes is learned at no cost. */
    @Override
    public boolean wantsMotion() {
        return true;
    }

    @Override
    public void observe(Reading reading) {
        boolean none = reading.divergence()
                .filter(d -> DeviationModel.worthless(d.relativeL2()))
                .isPresent();
        // What SMALL would do where LARGE runs anyway, in the head say, speaks against no step.
        boolean matters = schedule.role(reading.step().index()) == Role.SMALL;
        if (none && matters && worthless.isEmpty()) {
            worthless = Optional.of(
                    new Fallback(Fallback.Cause.SMALL_WORTHLESS, reading.step().index() + 1, Fallback.Target.LARGE));
        }
    }

    @Override
    public Optional<Fallback> fallback() {
        return worthless.isPresent() ? worthless : schedule.fallback();
    }
}
