package io.flowblend.control;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.control.plan.ErrorLedger;
import io.flowblend.control.plan.Plan;
import io.flowblend.control.plan.PlanInput;
import io.flowblend.control.plan.RequestDifficulty;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Takes the first move of the cheapest rest of the run whose error fits what is left of the budget ({@link Plan}), planned
 * anew whenever a step has shown something about the request. The rules that may overrule it, in this order:
 *
 * <ol>
 *   <li>LARGE makes the head and the tail;
 *   <li>LARGE makes the first step of its other expert, with a probe if SMALL was in use: what was last known is of the
 *       expert before;
 *   <li>a request that explores has a probe, however sure the plan is;
 *   <li>a source that builds on a probe, once it runs, is left only when its predicted residual passes the threshold times
 *       the hysteresis.
 * </ol>
 *
 * <p>A hard request makes what was spent and what is to come dearer, so LARGE runs longer; an easy one does not buy dearer
 * steps just because its budget would bear them: the price is the typical request's.
 */
public final class AdaptivePolicy implements SwitchPolicy {
    private final PlanInput input;
    private final ControlLimits limits;
    private final double price;
    private final OptionalLong exploring;
    private final boolean replans;
    private final OptionalInt otherExpert;
    private final RequestDifficulty difficulty = new RequestDifficulty();
    private final ErrorLedger intended;

    private Optional<Plan> plan = Optional.empty();
    private double guess;

    /**
     * @param input what may be chosen, with the budget of the quality
     * @param price that the typical request pays at this quality, see {@link #typicalPrice}
     * @param exploring any number if this request has to have a probe; it picks the step
     * @param replans whether what steps show changes the plan
     * @param otherExpert the first step behind which another expert of the large model stands, if there is one
     */
    public AdaptivePolicy(
            PlanInput input,
            ControlLimits limits,
            double price,
            OptionalLong exploring,
            boolean replans,
            OptionalInt otherExpert) {
        this.input = input;
        this.limits = limits;
        this.price = price;
        this.guess = price;
        this.exploring = exploring;
        this.replans = replans;
        this.otherExpert = otherExpert;
        this.intended = new ErrorLedger(input.errors());
    }

    /** Charge per saved cost that makes the typical request, as little known as any at its start, use its whole budget. */
    public static double typicalPrice(PlanInput input, ControlLimits limits) {
        return typicalPrice(input, limits, input.budget());
    }

    /** @param guess at it, above 0: the nearer, the sooner it is found */
    static double typicalPrice(PlanInput input, ControlLimits limits, double guess) {
        ErrorLedger head = new ErrorLedger(input.errors());
        for (int step = 0; step < limits.headSteps(input.errors().steps()); step++) {
            head.add(Move.LARGE);
        }
        double highest = 1e6 * input.budget();
        return Plan.within(input, head.position(), RequestDifficulty.TYPICAL, input.budget(), highest, guess)
                .price();
    }

    /** How hard the request has proved to be. */
    RequestDifficulty difficulty() {
        return difficulty;
    }

    @Override
    public Decision decide(Step step) {
        Decision decision = decided(step);
        Decision predicting = StaticPolicy.predicting(decision, intended.position(), Optional.of(input.errors()));
        intended.add(decision.move());
        return predicting;
    }

    private Decision decided(Step step) {
        if (step.index() < limits.headSteps(step.count())) {
            return Decision.large(Reason.HEAD);
        }
        if (step.index() >= input.end()) {
            return Decision.large(Reason.TAIL);
        }
        if (otherExpert.isPresent() && otherExpert.getAsInt() == step.index()) {
            replan();
            boolean small = intended.position().sinceProbe() > 0;
            return small ? Decision.probe(Reason.OTHER_EXPERT) : Decision.large(Reason.OTHER_EXPERT);
        }
        if (explores(step)) {
            replan();
            return Decision.probe(Reason.PROBE_EXPLORING);
        }
        return byPlan(planned());
    }

    private boolean explores(Step step) {
        int head = limits.headSteps(step.count());
        boolean hasProbe = intended.position().sinceProbe() > 0;
        return exploring.isPresent()
                && !hasProbe
                && step.index() == head + Math.floorMod(exploring.getAsLong(), Math.max(1, input.end() - head));
    }

    private Plan planned() {
        double left = input.budget() - intended.charged(difficulty, input.budget());
        Plan now = plan.flatMap(Plan::next)
                .filter(next -> next.price() >= price || !next.moves().get(0).isLarge())
                .orElseGet(() -> Plan.within(input, intended.position(), difficulty, left, price, guess));
        plan = Optional.of(now);
        guess = now.price();
        return now;
    }

    private Decision byPlan(Plan now) {
        Move move = now.moves().get(0);
        Optional<Decision.Comparison> comparison = now.comparison();
        if (move.probe()) {
            return with(Decision.probe(Reason.PROBE_PLANNED), comparison);
        }
        if (move.isLarge()) {
            return leaving(now).orElseGet(() -> staying(now));
        }
        return with(Decision.of(move, Reason.PLAN), comparison);
    }

    private static Decision with(Decision decision, Optional<Decision.Comparison> comparison) {
        return comparison.map(decision::comparing).orElse(decision);
    }

    /** The source that runs goes on within the hysteresis; empty if none runs or it has to be left. */
    private Optional<Decision> leaving(Plan now) {
        Source running = intended.position().last();
        boolean overBudget = now.price() < price;
        if (running.anchor() != Source.Anchor.PROBE || overBudget) {
            return Optional.empty();
        }
        return now.comparison(running).map(plain -> {
            Decision.Comparison wider =
                    new Decision.Comparison(plain.letter(), plain.figure(), plain.threshold() * limits.hysteresis());
            if (!wider.allows()) {
                return Decision.large(Reason.ABOVE_THRESHOLD).comparing(wider);
            }
            replan();
            return Decision.of(Move.of(running), Reason.WITHIN_HYSTERESIS).comparing(wider);
        });
    }

    /** LARGE, with the reason why no cheaper source runs. */
    private Decision staying(Plan now) {
        Optional<Decision.Comparison> ceiling = now.ceiling();
        if (ceiling.isPresent()) {
            return Decision.large(Reason.CEILING).comparing(ceiling.get());
        }
        return with(Decision.large(now.isHeldByBudget() ? Reason.BUDGET : Reason.PLAN), now.comparison());
    }

    private void replan() {
        plan = Optional.empty();
    }

    @Override
    public void observe(Reading reading) {
        for (AnchorReading read : reading.sources()) {
            if (input.errors().sources().contains(read.source())) {
                difficulty.observe(input.errors().model(read.source()), read);
                plan = replans ? Optional.empty() : plan;
            }
        }
    }
}
