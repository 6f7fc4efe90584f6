package io.flowblend.control;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.DeviationModel;
import io.flowblend.calibration.RunSteps;
import java.util.Optional;

/**
 * Decides from the pair's calibration and this request's own probes.
 *
 * <p>Before each step the rest of the run is planned anew ({@link Horizon}): the steps with the least predicted error per
 * saved cost, up to what is left of the quality's budget, would be SMALL or REUSED, as far as their price is one that a
 * typical request would pay at this quality. A hard request (rho above 1) makes both what was spent and what is to come dearer, so
 * LARGE stays longer; an easy one does not go on to dear steps just because its budget would bear them, which is what
 * makes the mean deviation least at a mean cost (on {@code digits} 4 to 8 % less than by budgets alone).
 *
 * <p>Regimes: a large head; LARGE until probes next to the planned entry confirm it; the small stage, with probes at
 * growing intervals, until the prediction or a probe passes the (higher) exit bar or the budget ends; LARGE again, from
 * where a new entry may follow; a large tail. In either stage a step may be REUSED: the stage says which model runs when
 * one has to. Either stage lasts {@code minDwell} steps. When the request departs from
 * the curve beyond the drift limit, the stored profile decides the rest.
 */
public final class AdaptivePolicy implements SwitchPolicy {
    /** Relative L2 that two identical models may show through rounding. */
    private static final double ROUNDING = 1e-6;

    /** Changes that must have been read before they can speak against the curve. */
    private static final int FEW = 4;

    private final TuningProfile profile;
    private final DeviationModel model;
    private final double[] sigmas;
    private final double smallCost;
    private final int mostReused;
    private final double budget;
    private final double price;
    private final Calibration.StoredProfile stored;
    private final RequestDifficulty factor = new RequestDifficulty();
    private final RequestDifficulty reuseFactor = new RequestDifficulty();
    private final SpentError spent;
    private final int head;
    private final int end;

    private Stage stage = Stage.LARGE;
    private boolean switched;
    private int dwelt;
    private int confirmations;
    private int confirmFrom;
    private int sinceProbe;
    private double interval;
    private double lastLarge;
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
        this.stored = stored;
        this.spent = new SpentError(model);
        int steps = sigmas.length - 1;
        this.head = profile.headSteps(steps);
        this.end = steps - profile.tailSteps(steps);
        this.interval = profile.probeIntervalMin();
        this.mostReused = changesAreKnown() ? profile.reuseLimit() : 0;
        // Where only SMALL can save anything, the lowest quality is SMALL however hard the prompt.
        boolean noLimit = quality <= 0 && mostReused == 0;
        this.budget = noLimit ? Double.POSITIVE_INFINITY : model.errorBudget(quality, steps);
        this.price = noLimit ? Double.POSITIVE_INFINITY : typicalPrice();
    }

    private boolean changesAreKnown() {
        boolean known = true;
        for (int step = head; step < end; step++) {
            known &= model.changeSamples(sigmas[step]) >= profile.minSamples();
        }
        return known;
    }

    /** What the budget makes the typical request, as little known as this one, pay on the steps that may be SMALL. */
    private double typicalPrice() {
        RunSteps.Standing typical = new RunSteps.Standing(1, profile.uncertainty(), 1, profile.uncertainty());
        return new Horizon(
                        model,
                        sigmas,
                        head,
                        steps(head, typical, RunSteps.Last.LARGE_JUST_NOW),
                        budget,
                        Double.POSITIVE_INFINITY)
                .price();
    }

    private RunSteps steps(int from, RunSteps.Standing standing, RunSteps.Last last) {
        boolean reuseHolds = reuseFactor.readings() < FEW || reuseFactor.departure() <= profile.driftLimit();
        RunSteps.Offer offer =
                new RunSteps.Offer(smallCost, profile.maxVariance(), !noReturn, reuseHolds ? mostReused : 0);
        return new RunSteps(model, sigmas, from, end, standing, offer, last, budget);
    }

    /** How much harder this request is than a typical one; 1 before the first reading. */
    Factors factors() {
        return new Factors(factor.value(), reuseFactor.value());
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
        Decision decision = k >= end ? Decision.large(Reason.TAIL) : within(k, horizon(k, profile.uncertainty()));
        dwelt++;
        sinceProbe = decision.probe() ? 0 : sinceProbe + 1;
        spent.add(step, decision.role());
        return decision;
    }

    private Decision within(int k, Horizon horizon) {
        boolean small = stage == Stage.SMALL;
        if (horizon.reuses(k) && !(small && probeSaysLeave) && !wantsProbe(k, horizon)) {
            return Decision.reused(Reason.UNCHANGED).against(horizon.reuseThreshold(k, small, budget));
        }
        return small ? inSmallStage(k, horizon) : inLargeStage(k, horizon);
    }

    /** @param doubts standard deviations of the curve to add to the request's factors, faded by what was read */
    private Horizon horizon(int k, double doubts) {
        RunSteps.Standing standing = new RunSteps.Standing(
                factor.value(), doubts * factor.doubt(), reuseFactor.value(), doubts * reuseFactor.doubt());
        RunSteps.Last last = k < head ? RunSteps.Last.LARGE_JUST_NOW : new RunSteps.Last(spent.lag(), spent.bySmall());
        int from = Math.max(k, head);
        return new Horizon(
                model, sigmas, from, steps(from, standing, last), budget - spent.of(budget, factors()), price);
    }

    private boolean wantsProbe(int k, Horizon horizon) {
        if (stage == Stage.SMALL) {
            return probeIsDue(k);
        }
        return !mayNotSwitchYet() && !noReturn && wantsConfirmation(k, horizon.entry(profile.minDwell()));
    }

    private boolean probeIsDue(int k) {
        return !mayNotSwitchYet()
                && sinceProbe >= Math.round(interval)
                && end - k > Math.max(profile.minDwell(), interval / 2);
    }

    private Decision inLargeStage(int k, Horizon horizon) {
        if (noReturn) {
            return Decision.large(Reason.TAIL);
        }
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
            if (probeIsDue(k)) {
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
        factor.observe(read, model.expected(step.sigma()), model.response(step.sigma()));
        if (factor.readings() > 1 && factor.departure() > profile.driftLimit()) {
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

    @Override
    public boolean wantsMotion() {
        return mostReused > 0;
    }

    /** Two steps that LARGE made show, at no cost, how fast its velocity changes in this request. */
    @Override
    public void advanced(VelocityChange motion) {
        double sigma = motion.step().sigma();
        motion.changeOfLarge()
                .ifPresent(change ->
                        reuseFactor.observe(change, model.change(lastLarge, sigma), model.reuseResponse(sigma)));
        if (motion.role() == Role.LARGE) {
            lastLarge = sigma;
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
