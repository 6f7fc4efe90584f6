package io.flowblend.control.simulator;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.SourceModel;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.ControlLimits;
import io.flowblend.control.Move;
import io.flowblend.control.MoveCosts;
import io.flowblend.control.Policies;
import io.flowblend.control.PolicyRequest;
import io.flowblend.control.RequestControl;
import io.flowblend.control.Schedule;
import io.flowblend.divergence.SigmaBins;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.commons.math3.stat.regression.SimpleRegression;
import org.jspecify.annotations.Nullable;

/** A calibration from simulated readings and twin runs, by the plainest means. */
public final class MinimalFit {
    private static final int PROMPTS = 40;
    private final SimulatedPair pair;
    private final double[] sigmas;
    private final ControlLimits limits;
    private final MoveCosts costs;

    public MinimalFit(SimulatedPair pair, double[] sigmas, ControlLimits limits, MoveCosts costs) {
        this.pair = pair;
        this.sigmas = sigmas;
        this.limits = limits;
        this.costs = costs;
    }

    static final class Cell {
        double ww, wa, ws, aa, as, ss;
        List<AnchorReading> all = new ArrayList<>();

        void add(AnchorReading r) {
            ww += r.ww();
            wa += r.wa();
            ws += r.ws();
            aa += r.aa();
            as += r.as();
            ss += r.ss();
            all.add(r);
        }
    }

    /** Calibration without promises. */
    public Calibration sources(long seed) {
        SimulatedPair.Prompts prompts = pair.prompts(seed);
        int steps = sigmas.length - 1;
        List<SourceModel> models = new ArrayList<>();
        List<List<List<Cell>>> cells = new ArrayList<>();
        for (int source = 0; source < Source.CHEAP.size(); source++) {
            List<List<Cell>> rows = new ArrayList<>();
            for (int b = 0; b < SigmaBins.COUNT; b++) {
                List<Cell> row = new ArrayList<>();
                for (int d = 0; d <= AnchorDistance.CLASSES; d++) row.add(new Cell());
                rows.add(row);
            }
            cells.add(rows);
        }
        for (int n = 0; n < PROMPTS; n++) {
            SimulatedPair.Prompt p = prompts.next();
            double[] x = p.noise().clone();
            double[][] large = new double[steps][], d = new double[steps][], g = new double[steps][];
            for (int k = 0; k < steps; k++) {
                large[k] = pair.large(p, x, sigmas[k]);
                d[k] = VectorAnchor.difference(large[k], pair.small(p, x, sigmas[k]));
                g[k] = VectorAnchor.difference(large[k], pair.conditional(p, x, sigmas[k]));
                for (int i = 0; i < x.length; i++) x[i] += (sigmas[k + 1] - sigmas[k]) * large[k][i];
            }
            for (int k = 0; k < steps; k++) {
                add(
                        cells,
                        AnchorReading.plain(
                                Source.SMALL,
                                sigmas[k],
                                VectorAnchor.dot(d[k], d[k]) / VectorAnchor.dot(large[k], large[k])));
                for (int j = 0; j < k; j++) {
                    pairOf(cells, Source.REUSED, large, large, j, Math.max(0, j - 1), k);
                    pairOf(cells, Source.SMALL, d, large, j, Math.max(0, j - (k - j)), k);
                    if (pair.scenario().guidance() != 1)
                        pairOf(cells, Source.GUIDANCE_REUSED, g, large, j, Math.max(0, j - 1), k);
                }
            }
        }
        for (Source s : Source.CHEAP) {
            if (s == Source.GUIDANCE_REUSED && pair.scenario().guidance() == 1) continue;
            List<List<SourceModel.Cell>> rows = new ArrayList<>();
            for (List<Cell> row : cells.get(Source.CHEAP.indexOf(s))) rows.add(fitRow(s, row));
            models.add(new SourceModel(
                    s,
                    rows,
                    java.util.Collections.nCopies(SigmaBins.COUNT, 1.0),
                    1,
                    java.util.Collections.nCopies(SigmaBins.COUNT, 1.0)));
        }
        double ceiling = unrelated(seed);
        Calibration c = new Calibration(
                "sim",
                "",
                new Calibration.Origin("simulated", "2026-01-01", PROMPTS, 1),
                models,
                ceiling,
                PromiseCurve.NONE,
                Optional.empty());
        List<SourceModel> fitted = new ArrayList<>();
        for (SourceModel m : models) fitted.add(withSensitivity(c, m, seed + 1));
        return new Calibration("sim", "", c.origin(), fitted, ceiling, PromiseCurve.NONE, Optional.empty());
    }

    private void pairOf(
            List<List<List<Cell>>> cells, Source s, double[][] w, double[][] large, int j, int before, int k) {
        VectorAnchor a = VectorAnchor.after(
                before == j
                        ? Optional.empty()
                        : Optional.of(
                                new VectorAnchor(Source.LARGE, sigmas[before], w[before], new double[w[0].length])),
                Source.LARGE,
                sigmas[j],
                w[j]);
        add(cells, VectorAnchor.reading(s, Optional.of(a), sigmas[k], w[k], large[k]));
    }

    private static void add(List<List<List<Cell>>> cells, AnchorReading r) {
        cells.get(Source.CHEAP.indexOf(r.source()))
                .get(SigmaBins.indexOf(r.sigma()))
                .get(AnchorDistance.classOf(AnchorDistance.of(r.anchorSigma(), r.sigma())))
                .add(r);
    }

    private static List<SourceModel.Cell> fitRow(Source s, List<Cell> row) {
        List<SourceModel.Cell> out = new ArrayList<>();
        SourceModel.Cell last = null;
        for (int d = 0; d <= AnchorDistance.CLASSES; d++) {
            Cell c = row.get(d);
            if (c.all.isEmpty()) {
                out.add(last == null ? null : last);
                continue;
            }
            double gain = 0, share = 0;
            if (d < AnchorDistance.CLASSES) {
                double best = Double.POSITIVE_INFINITY;
                for (double sh = 0; sh <= 1.0001; sh += 0.05) {
                    double aa = c.aa + 2 * sh * c.as + sh * sh * c.ss;
                    double wa = c.wa + sh * c.ws;
                    double gg = Math.max(0, Math.min(1.5, wa / aa));
                    double e = c.ww - 2 * gg * wa + gg * gg * aa;
                    if (e < best) {
                        best = e;
                        gain = gg;
                        share = Math.min(1, sh);
                    }
                }
            }
            double fg = gain, fs = share;
            double[] r = c.all.stream().mapToDouble(x -> x.residual(fg, fs)).toArray();
            double mean = Arrays.stream(r).average().orElse(0);
            double sd = Math.sqrt(
                    Arrays.stream(r).map(v -> (v - mean) * (v - mean)).average().orElse(0));
            last = new SourceModel.Cell(r.length, mean, sd, gain, share);
            out.add(last);
        }
        SourceModel.Cell first = out.stream()
                .filter(x -> x != null)
                .findFirst()
                .orElse(new SourceModel.Cell(0, 100, 0, s.usualGain(), 0));
        out.replaceAll(x -> x == null ? first : x);
        return out;
    }

    private double unrelated(long seed) {
        SimulatedPair.Prompts p = pair.prompts(seed + 7);
        double sum = 0;
        for (int i = 0; i < 20; i++) {
            double[] a = VectorRun.reference(pair, p.next(), sigmas), b = VectorRun.reference(pair, p.next(), sigmas);
            sum += VectorAnchor.distance(a, b) / Math.sqrt(VectorAnchor.dot(a, a));
        }
        return sum / 20;
    }

    private SourceModel withSensitivity(Calibration c, SourceModel m, long seed) {
        int steps = sigmas.length - 1;
        int segments = 8, per = steps / segments;
        double[] a = new double[segments], gains = new double[segments];
        SimulatedPair.Prompts prompts = pair.prompts(seed);
        List<SimulatedPair.Prompt> list = new ArrayList<>();
        for (int i = 0; i < 30; i++) list.add(prompts.next());
        for (int seg = 0; seg < segments; seg++) {
            double[] vals = new double[list.size()];
            SimpleRegression reg = new SimpleRegression();
            for (int i = 0; i < list.size(); i++) {
                double[] ref = VectorRun.reference(pair, list.get(i), sigmas);
                Result t = twin(m, seg * per, per, list.get(i));
                double dev = t.run.deviation(ref);
                double e = dev < 0.9 * c.ceiling() ? dev / (1 - dev / c.ceiling()) : 9 * c.ceiling();
                vals[i] = e / t.weighted;
                reg.addData(Math.log(t.reading), Math.log(e + 1e-6));
            }
            a[seg] = Arrays.stream(vals).average().orElse(1);
            a[seg] = 0.5 * a[seg] + 0.5 * new Median().evaluate(vals);
            gains[seg] = Math.max(0, Math.min(1.5, reg.getSlope()));
            if (Double.isNaN(gains[seg])) gains[seg] = 0;
        }
        List<Double> sens = new ArrayList<>(), gl = new ArrayList<>();
        for (int b = 0; b < SigmaBins.COUNT; b++) {
            int seg = segments - 1 - b * segments / SigmaBins.COUNT;
            sens.add(a[seg]);
            gl.add(gains[seg]);
        }
        // exponent: runs with the source in all segments
        double bestGap = 1e9;
        double bestP = 1;
        for (double p = 1; p <= 2.001; p += 0.05) {
            double gap = 0;
            for (int i = 0; i < 10; i++) {
                double[] ref = VectorRun.reference(pair, list.get(i), sigmas);
                double e = 0;
                for (int seg = 1; seg < segments; seg++)
                    e += Math.pow(a[seg] * twin(m, seg * per, per, list.get(i)).weighted, p);
                double pred = Math.pow(e, 1 / p);
                StringBuilder sb = new StringBuilder("L".repeat(per));
                for (int seg = 1; seg < segments; seg++) sb.append(letters(m, per));
                double dev = VectorRun.run(pair, list.get(i), sigmas, policy(m, sb.toString()))
                        .deviation(ref);
                double err = dev < 0.9 * c.ceiling() ? dev / (1 - dev / c.ceiling()) : 9 * c.ceiling();
                gap += Math.log(err / pred);
            }
            if (Math.abs(gap) < bestGap) {
                bestGap = Math.abs(gap);
                bestP = Math.min(2, p);
            }
        }
        return new SourceModel(m.source(), m.cells(), sens, bestP, gl);
    }

    private record Result(VectorRun.Finished run, double weighted, double reading) {}

    private static String letters(SourceModel m, int per) {
        StringBuilder sb = new StringBuilder(m.source() == Source.SMALL ? "P" : "L");
        while (sb.length() < per)
            sb.append(
                    m.source() == Source.SMALL
                            ? "S"
                            : sb.length() % 2 == 1 ? String.valueOf(m.source().letter()) : "L");
        return sb.toString();
    }

    private io.flowblend.control.SwitchPolicy policy(SourceModel m, String letters) {
        Calibration c = new Calibration(
                "sim",
                "",
                new Calibration.Origin("s", "2026-01-01", 1, 1),
                List.of(m),
                1,
                PromiseCurve.NONE,
                Optional.empty());
        return io.flowblend.control.StaticPolicy.of(
                Schedule.ofLetters(letters),
                io.flowblend.control.Reason.SCHEDULE,
                Optional.of(new io.flowblend.control.plan.StepErrors(c, sigmas)));
    }

    /** The segment's summed (width x true residual). */
    private Result twin(SourceModel m, int from, int per, SimulatedPair.Prompt p) {
        int steps = sigmas.length - 1;
        String letters = "L".repeat(from) + letters(m, per) + "L".repeat(steps - from - per);
        if (m.source() != Source.SMALL && from == 0) letters = "L" + letters.substring(1);
        VectorRun.Finished run = VectorRun.run(pair, p, sigmas, policy(m, letters));
        double sum = 0, reading = 0;
        int n = 0;
        double[] x = p.noise().clone();
        @Nullable VectorAnchor va = null;
        for (int k = 0; k < from + per; k++) {
            double[] large = pair.large(p, x, sigmas[k]);
            char l = letters.charAt(k);
            if (k >= from && l == m.source().letter()) {
                double[] w = m.source() == Source.SMALL
                        ? VectorAnchor.difference(large, pair.small(p, x, sigmas[k]))
                        : m.source() == Source.REUSED
                                ? large
                                : VectorAnchor.difference(large, pair.conditional(p, x, sigmas[k]));
                AnchorReading r = VectorAnchor.reading(m.source(), Optional.ofNullable(va), sigmas[k], w, large);
                double dist = AnchorDistance.of(r.anchorSigma(), sigmas[k]);
                double res = r.residual(m.gain(sigmas[k], dist), m.slopeShare(sigmas[k], dist));
                sum += (sigmas[k] - sigmas[k + 1]) * res;
                reading += res / m.residual(sigmas[k], dist);
                n++;
                double[] pred = large.clone();
                double[] approx = new double[x.length];
                Objects.requireNonNull(va)
                        .addTo(approx, sigmas[k], m.gain(sigmas[k], dist), m.slopeShare(sigmas[k], dist));
                for (int i = 0; i < x.length; i++) {
                    double err = w[i] - approx[i];
                    pred[i] = large[i] - err;
                    x[i] += (sigmas[k + 1] - sigmas[k]) * pred[i];
                }
            } else {
                double[] w = m.source() == Source.SMALL
                        ? VectorAnchor.difference(large, pair.small(p, x, sigmas[k]))
                        : m.source() == Source.REUSED
                                ? large
                                : VectorAnchor.difference(large, pair.conditional(p, x, sigmas[k]));
                if (m.source() != Source.SMALL || l == 'P')
                    va = VectorAnchor.after(Optional.ofNullable(va), Source.LARGE, sigmas[k], w);
                for (int i = 0; i < x.length; i++) x[i] += (sigmas[k + 1] - sigmas[k]) * large[i];
            }
        }
        return new Result(run, Math.max(1e-9, sum), n == 0 ? 1 : reading / n);
    }

    /** With promises from held-out runs. */
    public Calibration fitted(long seed) {
        Calibration c = sources(seed);
        String mix = mix(c);
        List<PromiseCurve.Sample> samples = new ArrayList<>();
        SimulatedPair.Prompts prompts = pair.prompts(seed + 1000);
        double[] budgets = {.015, .03, .06, .1, .15, .25, .4, .6};
        for (int i = 0; i < 240; i++) {
            SimulatedPair.Prompt p = prompts.next();
            RequestControl control = new Policies().trial(request(c, 0.5, i), budgets[i % budgets.length]);
            VectorRun.Finished run = VectorRun.run(pair, p, sigmas, control);
            double predicted = control.predictedDeviation().orElse(0);
            if (predicted > 1e-6) {
                samples.add(new PromiseCurve.Sample(
                        sigmas.length - 1, mix, predicted, run.deviation(VectorRun.reference(pair, p, sigmas))));
            }
        }
        return with(c, new PromiseCurve(samples, 0));
    }

    static Calibration with(Calibration c, PromiseCurve curve) {
        return new Calibration(
                c.pair(), c.fingerprint(), c.origin(), c.sources(), c.ceiling(), curve, c.storedProfile());
    }

    String mix(Calibration c) {
        java.util.Map<Move, Double> offered = costs.offered(limits, sigmas.length - 1);
        offered.keySet().removeIf(m -> !m.isLarge() && c.source(m.source()).isEmpty());
        return MoveCosts.mix(offered.keySet());
    }

    public PolicyRequest request(Calibration c, double quality, long turn) {
        return new PolicyRequest(
                "adaptive",
                "",
                sigmas,
                PolicyRequest.Goal.ofQuality(quality),
                limits,
                new PolicyRequest.Knowledge(PairState.ADAPTIVE, Optional.of(c), "", new StoredProfile(.25, .25)),
                costs,
                turn,
                false);
    }
}
