package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import java.util.Optional;

/**
 * Decides from the pair's calibration and this request's own probes.
 *
 * <p>Before each step the rest of the run is planned anew ({@link Horizon}): the steps with the least predicted error per
 * saved cost, up to what is left of the quality's budget, would be SMALL, as far as their price is one that a typical
 * request would pay at this quality. A hard request (rho above 1) makes both what was spent and what is to come dearer, so
 * LARGE stays longer; an easy one does not go on to dear steps just because its budget would bear them, which is what
 * makes the mean deviation least at a mean cost (on {@code digits} 4 to 8 % less than by budgets alone).
 *
 * <p>Regimes: a large head; LARGE until probes next to the planned entry confirm it; the small stage, with probes at
 * growing intervals, until the prediction or a probe passes the (higher) exit bar or the budget ends; LARGE again, from
 * where a new entry may follow; a large tail. Either stage lasts {@code minDwell} steps. When the request departs from
 * the curve beyond the drift limit, the stored profile decides the rest.
 */
public final class AdaptivePolicy implements SwitchPolicy {
    /** Relative L2 that two identical models may show through rounding. */
    private static final double ROUNDING = 1e-6;

    private final TuningProfile profile;
    private final DeviationModel model;
    private final double[] sigmas;
    private final double smallCost;
    private final double budget;
    private final double price;
    private final Calibration.StoredProfile stored;
    private final RequestFactor factor;
    private final int head;
    private final int end;

    private Stage stage = Stage.LARGE;
    private boolean switched;
    private int dwelt;
    private int confirmations;
    private int confirmFrom;
    private int sinceProbe;
    private double interval;
    private double spent;
    private double exitBar;
    private boolean probeSaysLeave;
    private boolean noReturn;
    private Optional<StaticPolicy> takenOver = Optional.empty();

    private enum Stage {
        LARGE,
        SMALL
    }

    /**
     * @param sigmas noise levels of the run, steps + 1 of them, falling
     * @param quality 0..1; at 1 no step is SMALL
     * @param smallCost cost of a small step in units of a large one
     * @param stored what decides after a fallback
     */
    public AdaptivePolicy(
            DeviationModel model,
            TuningProfile profile,
            double[] sigmas,
            double quality,
            double smallCost,
            Calibration.StoredProfile stored) {
        this.model = model;
        this.profile = profile;
        this.sigmas = sigmas.clone();
        this.smallCost = smallCost;
        this.budget = model.errorBudget(quality);
        this.stored = stored;
        this.factor = new RequestFactor(model);
        int steps = sigmas.length - 1;
        this.head = profile.headSteps(steps);
        this.end = steps - profile.tailSteps(steps);
        this.interval = profile.probeIntervalMin();
        this.price = quality <= 0 ? Double.POSITIVE_INFINITY : typicalPrice();
    }

    /** What the budget makes the typical request, as little known as this one, pay on the steps that may be SMALL. */
    private double typicalPrice() {
        return new Horizon(
                        model,
                        sigmas,
                        head,
                        end,
                        1,
                        profile.uncertainty(),
                        budget,
                        Double.POSITIVE_INFINITY,
                        profile.maxVariance(),
                        smallCost)
                .price();
    }

    /** How much harder this request is than a typical one; 1 before the first probe. */
    public double requestFactor() {
        return factor.value();
    }

    @Override
    public Optional<Fallback> fallback() {
        return takenOver.flatMap(StaticPolicy::fallback);
    }

    @Override
    public Decision decide(Step step) {
        if (takenOver.isPresent()) {
            return takenOver.get().decide(step);
        }
        int k = step.index();
        if (k >= end || noReturn) {
            return Decision.large(Reason.TAIL);
        }
        Horizon horizon = horizon(k, profile.uncertainty());
        Decision decision = stage == Stage.SMALL ? inSmallStage(k, horizon) : inLargeStage(k, horizon);
        dwelt++;
        sinceProbe = decision.probe() ? 0 : sinceProbe + 1;
        if (decision.role() == Role.SMALL) {
            spent += model.error(sigmas[k], sigmas[k + 1]);
        }
        return decision;
    }

    /** @param doubts standard deviations of the curve to add to the request's factor, faded by what was read */
    private Horizon horizon(int k, double doubts) {
        return new Horizon(
                model,
                sigmas,
                Math.max(k, head),
                end,
                factor.value(),
                doubts * factor.doubt(),
                budget - factor.value() * spent,
                price,
                profile.maxVariance(),
                smallCost);
    }

    private Decision inLargeStage(int k, Horizon horizon) {
        if (mayNotSwitchYet()) {
            return Decision.large(Reason.DWELL);
        }
        int entry = horizon.entry(profile.minDwell());
        if (sinceProbe > profile.probeIntervalMin()) {
            confirmations = Math.min(confirmations, profile.confirmations() - 1);
        }
        if (entry == k && confirmations >= profile.confirmations()) {
            return enterSmallStage(k, horizon);
        }
        if (wantsConfirmation(k, entry)) {
            exitBar = carried(exitBar(entry, horizon), entry, k);
            return Decision.probe(Reason.CONFIRMING).against(exitBar);
        }
        if (k < head) {
            return Decision.large(Reason.HEAD);
        }
        Reason reason = entry == k || tooVaried(k) ? Reason.VARIANCE : Reason.ABOVE_ENTRY;
        return Decision.large(reason).against(horizon.threshold(k));
    }

    private Decision enterSmallStage(int k, Horizon horizon) {
        switchTo(Stage.SMALL);
        interval = profile.probeIntervalMin();
        sinceProbe = 0;
        return Decision.small(Reason.BELOW_THRESHOLD).against(horizon.threshold(k));
    }

    private Decision inSmallStage(int k, Horizon horizon) {
        if (probeSaysLeave) {
            return leaveSmallStage(k, Reason.ABOVE_EXIT);
        }
        if (!mayNotSwitchYet()) {
            if (tooVaried(k)) {
                return leaveSmallStage(k, Reason.VARIANCE);
            }
            if (!horizon.bears(k, 1) || horizon.predicted(k) > exitBar(k, horizon)) {
                return leaveSmallStage(k, Reason.ABOVE_EXIT).against(exitBar(k, horizon));
            }
            if (sinceProbe >= Math.round(interval) && end - k > Math.max(profile.minDwell(), interval / 2)) {
                exitBar = exitBar(k, horizon);
                return Decision.probe(Reason.PROBE_DUE).against(exitBar);
            }
        }
        return Decision.small(Reason.BELOW_THRESHOLD).against(exitBar(k, horizon));
    }

    private Decision leaveSmallStage(int k, Reason reason) {
        switchTo(Stage.LARGE);
        confirmFrom = k + profile.minDwell();
        noReturn = end - confirmFrom < profile.confirmations() + profile.minDwell();
        return Decision.large(reason);
    }

    private void switchTo(Stage next) {
        stage = next;
        switched = true;
        dwelt = 0;
        confirmations = 0;
        probeSaysLeave = false;
    }

    @Override
    public void observe(Reading reading) {
        if (takenOver.isPresent() || reading.divergence().isEmpty()) {
            return;
        }
        Step step = reading.step();
        double read = reading.divergence().get().relativeL2();
        factor.observe(step.sigma(), reading.divergence().get());
        if (factor.probes() > 1 && factor.departure() > profile.driftLimit()) {
            fallBack(read, step);
            return;
        }
        boolean reassures = read <= exitBar + ROUNDING && !tooVaried(step.index());
        if (stage == Stage.SMALL) {
            probeSaysLeave = !reassures;
            interval = Math.min(profile.probeIntervalMax(), interval * profile.probeIntervalGrowth());
        } else if (reassures) {
            confirmations++;
        } else {
            confirmations = 0;
            confirmFrom = step.index() + profile.probeIntervalMin();
        }
    }

    private void fallBack(double read, Step step) {
        int steps = sigmas.length - 1;
        int next = step.index() + 1;
        takenOver = Optional.of(
                DeviationModel.worthless(read)
                        ? StaticPolicy.large(
                                new Fallback(Fallback.Cause.SMALL_WORTHLESS, next, Fallback.Target.LARGE), steps)
                        : StaticPolicy.storedProfile(
                                new Fallback(Fallback.Cause.DRIFT, next, Fallback.Target.STORED_PROFILE),
                                steps,
                                stored.early(),
                                stored.late()));
    }

    /**
     * The first probe comes where an easy request (one standard deviation below the typical one) could enter, so that it
     * can; the others where this one would.
     */
    private boolean wantsConfirmation(int k, int entry) {
        int missing = profile.confirmations() - confirmations;
        if (missing == 0 || k < confirmFrom || entry >= end) {
            return false;
        }
        int earliest = confirmations == 0 ? Math.min(entry, horizon(k, -1).entry(profile.minDwell())) : entry;
        return earliest <= k + missing;
    }

    private boolean mayNotSwitchYet() {
        return switched && dwelt < profile.minDwell();
    }

    private boolean tooVaried(int k) {
        return Math.max(model.spread(sigmas[k]), factor.spread()) > profile.maxVariance();
    }

    /** A divergence at one step, as it looks at another on the curve: an entry is confirmed by probes before it. */
    private double carried(double divergence, int from, int to) {
        double expected = model.expected(sigmas[from]);
        return expected == 0 ? divergence : divergence * model.expected(sigmas[to]) / expected;
    }

    private double exitBar(int k, Horizon horizon) {
        return horizon.threshold(k) * profile.exitOverEntry();
    }
}
