package io.flowblend.control.plan;

import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The passes of {@link Plan}: one over all states at each price that is tried. */
final class PlanSearch {
    /** A price is looked for in strides of this factor, and then bisected to this precision. */
    private static final double STRIDE = 4;

    private static final double PRECISION = 1.02;
    private static final double WIDEST = 1e9;

    private final PlanInput input;
    private final RunPosition from;
    private final PlanErrors errors;
    private final List<Source> sources;
    /** Those that run a model, whose velocities can be passed on. */
    private final List<Source> models;

    private final int[] baseOf;
    private final int[] sourceOf;
    private final double[] costs;
    private final double largeCost;
    private final double probeCost;

    private final int reuses;
    private final int stretch;
    private final int largeStates;
    private final int bases;
    private final int states;
    private final double[] rest;

    PlanSearch(PlanInput input, RunPosition from, RequestDifficulty difficulty) {
        this.input = input;
        this.from = from;
        this.errors = new PlanErrors(input, difficulty, from.step());
        this.sources = errors.sources();
        this.models = sources.stream().filter(Source::runsModel).toList();
        this.costs = sources.stream()
                .mapToDouble(source -> input.costs().getOrDefault(Move.of(source), 0.0))
                .toArray();
        this.largeCost = input.costs().getOrDefault(Move.LARGE, 1.0);
        this.probeCost = input.costs().getOrDefault(Move.PROBE, Double.POSITIVE_INFINITY);
        this.reuses = input.longestReuse() + 1;
        this.stretch = input.longestStretch();
        boolean needsLarge = sources.stream().anyMatch(source -> source.anchor() == Source.Anchor.LARGE);
        this.largeStates = needsLarge ? stretch + 1 : 1;
        this.bases = models.size() + 1;
        this.baseOf =
                sources.stream().mapToInt(source -> models.indexOf(source) + 1).toArray();
        this.sourceOf = models.stream().mapToInt(sources::indexOf).toArray();
        this.states = reuses * bases * (stretch + 1) * largeStates;
        this.rest = new double[(Math.max(0, input.end() - from.step()) + 1) * states];
    }

    /** Index of a state: steps since a model, 1 and up; which one it was, 0 = LARGE; steps since a probe and since LARGE. */
    private int state(int sinceModel, int base, int sinceProbe, int sinceLarge) {
        return (((sinceModel - 1) * bases + base) * (stretch + 1) + sinceProbe) * largeStates + sinceLarge;
    }

    /** What steps since an anchor become in one more step; 0 = too long ago to be used. */
    private int later(int since, int states) {
        return since == 0 || since + 1 >= states ? 0 : since + 1;
    }

    private int stateOf(RunPosition position) {
        int base = models.indexOf(position.last()) + 1;
        return state(
                Math.max(1, Math.min(reuses, position.sinceModel())),
                base,
                position.sinceProbe() > stretch ? 0 : position.sinceProbe(),
                position.sinceLarge() >= largeStates ? 0 : position.sinceLarge());
    }

    /** Least cost + charge / price from a state at a step on. */
    private double rest(int step, int state) {
        return rest[(step - from.step()) * states + state];
    }

    Plan at(double price) {
        for (int step = input.end() - 1; step >= from.step(); step--) {
            pass(step, price);
        }
        return walked(price);
    }

    private void pass(int step, double price) {
        int offset = (step - from.step()) * states;
        double probe = probe(step);
        for (int sinceProbe = 0; sinceProbe <= stretch; sinceProbe++) {
            double byLarge = Math.min(large(step, sinceProbe), probe);
            for (int sinceLarge = 0; sinceLarge < largeStates; sinceLarge++) {
                for (int sinceModel = 1; sinceModel <= reuses; sinceModel++) {
                    for (int base = 0; base < bases; base++) {
                        double least = byLarge;
                        for (int index = 0; index < sources.size(); index++) {
                            least = Math.min(
                                    least, value(index, step, sinceModel, base, sinceProbe, sinceLarge, price));
                        }
                        rest[offset + state(sinceModel, base, sinceProbe, sinceLarge)] = least;
                    }
                }
            }
        }
    }

    private double large(int step, int sinceProbe) {
        return largeCost + rest(step + 1, state(1, 0, later(sinceProbe, stretch + 1), largeStates > 1 ? 1 : 0));
    }

    private double probe(int step) {
        return stretch == 0
                ? Double.POSITIVE_INFINITY
                : probeCost + rest(step + 1, state(1, 0, 1, largeStates > 1 ? 1 : 0));
    }

    /** Cost + charge / price of a source and all after it; infinite if it cannot be chosen. */
    private double value(int index, int step, int sinceModel, int base, int sinceProbe, int sinceLarge, double price) {
        return errors.allowed(index, step)
                ? valueBelowCeiling(index, step, sinceModel, base, sinceProbe, sinceLarge, price)
                : Double.POSITIVE_INFINITY;
    }

    private double valueBelowCeiling(
            int index, int step, int sinceModel, int base, int sinceProbe, int sinceLarge, double price) {
        double charge = charge(index, step, sinceModel, base, sinceProbe, sinceLarge);
        return charge == Double.POSITIVE_INFINITY
                ? charge
                : costs[index] + charge / price + after(index, step, sinceModel, base, sinceProbe, sinceLarge);
    }

    private double after(int index, int step, int sinceModel, int base, int sinceProbe, int sinceLarge) {
        boolean runs = sources.get(index).runsModel();
        return rest(
                step + 1,
                state(
                        runs ? 1 : Math.min(reuses, sinceModel + 1),
                        runs ? baseOf[index] : base,
                        later(sinceProbe, stretch + 1),
                        later(sinceLarge, largeStates)));
    }

    private double charge(int index, int step, int sinceModel, int base, int sinceProbe, int sinceLarge) {
        Source source = sources.get(index);
        int since = since(source.anchor(), sinceModel, sinceProbe, sinceLarge);
        if (since == 0 || since > errors.longest(source) || since > step) {
            return Double.POSITIVE_INFINITY;
        }
        double charge = errors.charge(index, step, since);
        return source.passesOn() && base > 0
                ? charge + passedOn(base - 1, step, sinceModel, sinceProbe, sinceLarge)
                : charge;
    }

    private double passedOn(int index, int step, int sinceModel, int sinceProbe, int sinceLarge) {
        int since = since(models.get(index).anchor(), sinceModel, sinceProbe, sinceLarge);
        return errors.passedOn(sourceOf[index], step, sinceModel, since);
    }

    private static int since(Source.Anchor anchor, int sinceModel, int sinceProbe, int sinceLarge) {
        return switch (anchor) {
            case NONE -> 0;
            case MODEL -> sinceModel;
            case PROBE -> sinceProbe;
            case LARGE -> sinceLarge;
        };
    }

    /** Follows the best moves of the last pass. */
    private Plan walked(double price) {
        List<Move> moves = new ArrayList<>();
        double cost = 0;
        double charged = 0;
        RunPosition position = from;
        while (position.step() < input.end()) {
            Choice best = best(position, price);
            moves.add(best.move());
            cost += best.cost();
            charged += best.charge();
            position = position.after(best.move());
        }
        return new Plan(this, from, price, moves, cost, charged);
    }

    /** @param barred whether the ceiling on the divergence bars it; its value is that without the ceiling at this step */
    private record Choice(Move move, double cost, double charge, double value, boolean barred) {}

    /** Where two are equally good, LARGE first, then the probe. */
    private Choice best(RunPosition position, double price) {
        return best(choices(position, price))
                .orElseThrow(() -> new IllegalStateException("LARGE can always be chosen"));
    }

    private static Optional<Choice> best(List<Choice> choices) {
        Choice best = null;
        for (Choice choice : choices) {
            best = best == null || choice.value() < best.value() ? choice : best;
        }
        return Optional.ofNullable(best);
    }

    private List<Choice> choices(RunPosition position, double price) {
        return all(position, price).stream().filter(choice -> !choice.barred()).toList();
    }

    /** Those barred by the ceiling as well. */
    private List<Choice> all(RunPosition position, double price) {
        int state = stateOf(position);
        int sinceLarge = state % largeStates;
        int sinceProbe = state / largeStates % (stretch + 1);
        int base = state / largeStates / (stretch + 1) % bases;
        int sinceModel = state / largeStates / (stretch + 1) / bases + 1;
        int step = position.step();
        boolean everRan = position.sinceModel() > 0;
        List<Choice> choices = new ArrayList<>();
        choices.add(new Choice(Move.LARGE, largeCost, 0, large(step, sinceProbe), false));
        choices.add(new Choice(Move.PROBE, probeCost, 0, probe(step), false));
        for (int index = 0; index < sources.size() && everRan; index++) {
            boolean tooLate = sources.get(index).passesOn() && position.sinceModel() > input.longestReuse();
            double charge = charge(index, step, sinceModel, base, sinceProbe, sinceLarge);
            if (charge < Double.POSITIVE_INFINITY && !tooLate) {
                choices.add(new Choice(
                        Move.of(sources.get(index)),
                        costs[index],
                        charge,
                        valueBelowCeiling(index, step, sinceModel, base, sinceProbe, sinceLarge, price),
                        !errors.allowed(index, step)));
            }
        }
        return choices;
    }

    /** The cheaper source that comes nearest to being chosen; empty if none can be. */
    Optional<Source> bestSource(RunPosition position, double price) {
        List<Choice> cheaper = choices(position, price).stream()
                .filter(choice -> !choice.move().isLarge())
                .toList();
        return best(cheaper).map(choice -> choice.move().source());
    }

    Optional<Decision.Comparison> comparison(RunPosition position, Source source, double price) {
        List<Choice> choices = choices(position, price);
        Optional<Choice> own =
                choices.stream().filter(c -> c.move().source() == source).findFirst();
        double other = choices.stream()
                .filter(choice -> choice.move().source() != source)
                .mapToDouble(Choice::value)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
        return own.map(choice -> compared(position, choice, other, price));
    }

    /** The charge at which both would be equally good, less what is passed on, as a residual. */
    private Decision.Comparison compared(RunPosition position, Choice own, double other, double price) {
        Source source = own.move().source();
        int step = position.step();
        int since = position.since(source.anchor());
        double ownCharge = errors.charge(sources.indexOf(source), step, since);
        double breakEven = price * (other - own.value()) + ownCharge;
        double exponent = input.errors().model(source).exponent();
        double error = ErrorLedger.errorOfCharge(Math.max(0, breakEven), exponent, input.budget());
        double threshold = error / input.errors().weight(source, step);
        return new Decision.Comparison(source.letter(), errors.residual(source, step, since), threshold);
    }

    /** The source that would be chosen if the ceiling on the divergence did not bar it, with what was compared. */
    Optional<Decision.Comparison> ceiling(RunPosition position, double price) {
        return best(all(position, price)).filter(Choice::barred).map(choice -> {
            Source source = choice.move().source();
            double divergence = errors.divergence(source, position.step());
            return new Decision.Comparison(source.letter(), divergence, input.ceiling(position.step()));
        });
    }

    /** @param guess at the price, above 0: the nearer, the fewer passes */
    Plan within(double left, double mostPrice, double guess) {
        Plan dearest = at(mostPrice);
        if (dearest.charged() <= left) {
            return dearest;
        }
        Optional<Move> wanted = dearest.moves().stream().findFirst();
        if (!(left > 0)) {
            return at(Double.MIN_NORMAL).insteadOf(wanted);
        }
        double least = Math.min(mostPrice, left / (input.end() - from.step() + 1.0)) / WIDEST;
        double high = mostPrice;
        double low = Math.max(least, Math.min(guess, mostPrice / STRIDE));
        while (low > least && at(low).charged() > left) {
            high = low;
            low = Math.max(least, low / STRIDE);
        }
        boolean isRaised = high < mostPrice;
        while (!isRaised) {
            double middle = Math.min(mostPrice, low * STRIDE);
            isRaised = middle >= mostPrice || at(middle).charged() > left;
            high = isRaised ? middle : high;
            low = isRaised ? low : middle;
        }
        while (high > low * PRECISION) {
            double middle = Math.sqrt(low * high);
            if (at(middle).charged() <= left) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return at(low).insteadOf(wanted);
    }
}
