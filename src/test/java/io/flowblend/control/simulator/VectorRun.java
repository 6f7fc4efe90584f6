package io.flowblend.control.simulator;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Move;
import io.flowblend.control.MoveCosts;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.VelocityChange;
import io.flowblend.divergence.VelocityDivergence;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The sampler on vectors: what the real one does, with Euler's solver, on a {@link SimulatedPair}. */
public final class VectorRun {
    private final SimulatedPair pair;
    private final SimulatedPair.Prompt prompt;
    private final Map<Source, VectorAnchor> anchors = new EnumMap<>(Source.class);
    private final List<Reading> readings = new ArrayList<>();
    private double[] x;

    /** What a step's forwards gave: the velocity, SMALL's on a probe, the conditional one on a step of LARGE with guidance. */
    private record Forwards(
            double[] velocity, Optional<double[]> small, Optional<double[]> conditional, Decision done) {}

    /**
     * A finished run.
     *
     * @param readings one a step
     * @param x where it ended
     */
    public record Finished(List<Reading> readings, double[] x) {
        /** Moves that were made, failures of SMALL counted as LARGE. */
        public Schedule schedule() {
            return new Schedule(
                    readings.stream().map(reading -> reading.decision().move()).toList());
        }

        public double cost(MoveCosts costs) {
            return costs.of(schedule());
        }

        /** Relative L2 to where LARGE alone ends. */
        public double deviation(double[] reference) {
            return VectorAnchor.distance(x, reference) / Math.sqrt(VectorAnchor.dot(reference, reference));
        }
    }

    private VectorRun(SimulatedPair pair, SimulatedPair.Prompt prompt) {
        this.pair = pair;
        this.prompt = prompt;
        this.x = prompt.noise().clone();
    }

    /** Noise levels of a run, steps + 1 of them, at a flow shift of 3. */
    public static double[] sigmas(int steps) {
        double[] sigmas = new double[steps + 1];
        for (int i = 0; i <= steps; i++) {
            double u = 1 - (double) i / steps;
            sigmas[i] = 3 * u / (1 + 2 * u);
        }
        return sigmas;
    }

    public static Finished run(SimulatedPair pair, SimulatedPair.Prompt prompt, double[] sigmas, SwitchPolicy policy) {
        VectorRun run = new VectorRun(pair, prompt);
        for (int step = 0; step < sigmas.length - 1; step++) {
            run.step(new Step(step, sigmas.length - 1, sigmas[step], sigmas[step + 1]), policy);
        }
        return new Finished(run.readings, run.x);
    }

    /** Where LARGE alone ends. */
    public static double[] reference(SimulatedPair pair, SimulatedPair.Prompt prompt, double[] sigmas) {
        double[] x = prompt.noise().clone();
        for (int step = 0; step < sigmas.length - 1; step++) {
            double[] v = pair.large(prompt, x, sigmas[step]);
            for (int i = 0; i < x.length; i++) {
                x[i] += (sigmas[step + 1] - sigmas[step]) * v[i];
            }
        }
        return x;
    }

    /** A schedule with plain SMALL. */
    public static Finished run(SimulatedPair pair, SimulatedPair.Prompt prompt, double[] sigmas, Schedule schedule) {
        return run(pair, prompt, sigmas, StaticPolicy.of(schedule, Reason.SCHEDULE));
    }

    private void step(Step step, SwitchPolicy policy) {
        Forwards made = forwards(policy.decide(step), step.sigma());
        double[] v = made.velocity();
        double[] next = x.clone();
        for (int i = 0; i < next.length; i++) {
            next[i] += (step.nextSigma() - step.sigma()) * v[i];
        }
        Map<Source, double[]> known = known(made);
        Reading reading = new Reading(
                step,
                made.done(),
                made.small().map(small -> divergence(small, v)),
                made.done().move().isLarge() ? read(step, v, known) : List.of(),
                Optional.of(change(step, made, next)));
        policy.observe(reading);
        readings.add(reading);
        Source by = made.done().move().source();
        known.forEach((source, w) ->
                anchors.put(source, VectorAnchor.after(Optional.ofNullable(anchors.get(source)), by, step.sigma(), w)));
        x = next;
    }

    private Forwards forwards(Decision decision, double sigma) {
        Move move = decision.move();
        boolean needsSmall = move.probe() || move.source() == Source.SMALL;
        Optional<double[]> small = needsSmall ? Optional.of(pair.small(prompt, x, sigma)) : Optional.empty();
        if (small.filter(v -> !Double.isFinite(v[0])).isPresent()) {
            Decision instead = decision.insteadOf(Move.LARGE, Reason.NON_FINITE);
            return new Forwards(pair.large(prompt, x, sigma), Optional.empty(), Optional.empty(), instead);
        }
        return switch (move.source()) {
            case LARGE -> new Forwards(
                    pair.large(prompt, x, sigma),
                    small,
                    pair.scenario().guidance() == 1
                            ? Optional.empty()
                            : Optional.of(pair.conditional(prompt, x, sigma)),
                    decision);
            case SMALL -> part(decision, small.orElseThrow(), sigma);
            case REUSED -> part(decision, new double[x.length], sigma);
            case GUIDANCE_REUSED -> part(decision, pair.conditional(prompt, x, sigma), sigma);
        };
    }

    private Forwards part(Decision decision, double[] knownPart, double sigma) {
        VectorAnchor anchor = anchors.get(decision.move().source());
        if (anchor != null && decision.gain() != 0) {
            anchor.addTo(knownPart, sigma, decision.gain(), decision.slopeShare());
        } else if (!decision.move().source().worksWithoutAnchor()) {
            throw new IllegalStateException(decision.move() + " has no anchor");
        }
        return new Forwards(knownPart, Optional.empty(), Optional.empty(), decision);
    }

    /** w of each source that the step makes known. */
    private static Map<Source, double[]> known(Forwards made) {
        Map<Source, double[]> known = new EnumMap<>(Source.class);
        Move move = made.done().move();
        if (move.renews(Source.Anchor.MODEL)) {
            known.put(Source.REUSED, made.velocity());
        }
        made.small().ifPresent(small -> known.put(Source.SMALL, VectorAnchor.difference(made.velocity(), small)));
        made.conditional()
                .ifPresent(v -> known.put(Source.GUIDANCE_REUSED, VectorAnchor.difference(made.velocity(), v)));
        return known;
    }

    private List<AnchorReading> read(Step step, double[] large, Map<Source, double[]> known) {
        List<AnchorReading> read = new ArrayList<>();
        known.forEach((source, w) -> {
            VectorAnchor anchor = anchors.get(source);
            if (anchor != null || source.worksWithoutAnchor()) {
                read.add(VectorAnchor.reading(source, Optional.ofNullable(anchor), step.sigma(), w, large));
            }
        });
        return read;
    }

    private static VelocityDivergence divergence(double[] small, double[] large) {
        double l2 = VectorAnchor.distance(small, large);
        double sizes = Math.sqrt(VectorAnchor.dot(small, small) * VectorAnchor.dot(large, large));
        double cosine = 1 - VectorAnchor.dot(small, large) / sizes;
        return new VelocityDivergence(cosine, l2 / Math.sqrt(VectorAnchor.dot(large, large)), l2);
    }

    private VelocityChange change(Step step, Forwards made, double[] next) {
        VectorAnchor last = anchors.get(Source.REUSED);
        Source source = made.done().move().source();
        double[] zero = new double[x.length];
        double[] v = made.velocity();
        return new VelocityChange(
                step,
                source,
                last == null ? source : last.by(),
                size(v, zero),
                last == null || !source.runsModel() ? 0 : size(v, last.unknown()),
                last == null ? 0 : size(last.unknown(), zero),
                size(x, zero),
                size(next, x));
    }

    private static double size(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs(a[i] - b[i]);
        }
        return sum / a.length;
    }
}
