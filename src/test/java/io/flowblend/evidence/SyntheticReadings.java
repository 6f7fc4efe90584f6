package io.flowblend.evidence;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Source;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.divergence.VelocityDivergence;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests of a pair whose law is known: SMALL's correction keeps a correlation of {@code exp(-distance / 4)} with its
 * anchor, LARGE's velocity changes by {@code change} per bin width.
 */
final class SyntheticReadings {
    static final Conditions CONDITIONS = conditions(4, 40);

    private SyntheticReadings() {}

    static Conditions conditions(double guidance, int steps) {
        return new Conditions(guidance, steps, "unipc", 4096, 17, false);
    }

    /** Noise levels of a run with flow shift 3. */
    static List<Double> sigmas(int steps) {
        List<Double> sigmas = new ArrayList<>();
        for (int step = 0; step <= steps; step++) {
            double u = 1 - (double) step / steps;
            sigmas.add(Math.min(1, 3 * u / (1 + 2 * u)));
        }
        return sigmas;
    }

    static AnchorReading small(double anchorSigma, double sigma, double plain) {
        double correlation = Math.exp(-AnchorDistance.of(anchorSigma, sigma) / 4);
        double ww = plain * plain;
        return new AnchorReading(Source.SMALL, sigma, anchorSigma, ww, correlation * ww, 0, ww, 0, 0);
    }

    static AnchorReading reused(double anchorSigma, double sigma, double change) {
        double residual = change * AnchorDistance.of(anchorSigma, sigma);
        return new AnchorReading(Source.REUSED, sigma, anchorSigma, 1, 1 - residual * residual / 2, 0, 1, 0, 0);
    }

    /** A run of LARGE with a probe at every {@code every}-th step from {@code first} on. */
    static RequestReadings request(Conditions conditions, int first, int every, double plain, double change, long at) {
        List<Double> sigmas = sigmas(conditions.steps());
        List<AnchorReading> readings = new ArrayList<>();
        List<RequestReadings.Probe> probes = new ArrayList<>();
        double lastProbe = Double.NaN;
        for (int step = 0; step < conditions.steps(); step++) {
            double sigma = sigmas.get(step);
            if (step > 0) {
                readings.add(reused(sigmas.get(step - 1), sigma, change));
            }
            if (step >= first && (step - first) % every == 0) {
                readings.add(
                        Double.isNaN(lastProbe)
                                ? AnchorReading.plain(Source.SMALL, sigma, plain * plain)
                                : small(lastProbe, sigma, plain));
                probes.add(new RequestReadings.Probe(sigma, new VelocityDivergence(plain * plain / 2, plain, plain)));
                lastProbe = sigma;
            }
        }
        return new RequestReadings(conditions, sigmas, readings, probes, at);
    }

    static RequestReadings request(long at, double plain, double change) {
        return request(CONDITIONS, 0, 1, plain, change, at);
    }

    static PromiseSample promise(int steps, double predicted, double actual, long at) {
        return new PromiseSample(CONDITIONS.bucket(), new PromiseCurve.Sample(steps, "RS", predicted, actual), at);
    }

    static Audit audit(double promised, double predicted, double actual, long at) {
        return new Audit(CONDITIONS, "RS", promised, predicted, actual, at);
    }

    /** A twin run with one step of the source in each of the bins from {@code first} down to {@code last}. */
    static TwinRun twin(Source source, int first, int last, double residual, double deviation, long at) {
        List<TwinRun.Step> steps = new ArrayList<>();
        for (int bin = first; bin >= last; bin--) {
            steps.add(new TwinRun.Step(source, SigmaBins.edge(bin + 1), SigmaBins.edge(bin), residual));
        }
        return new TwinRun(CONDITIONS, steps, deviation, at);
    }
}
