package io.flowblend.evidence;

import io.flowblend.calibration.Source;
import io.flowblend.divergence.SigmaBins;
import java.util.ArrayList;
import java.util.List;

/**
 * The errors of one twin run's steps as a function of g (see {@link SourceFit}), source by source.
 *
 * @param sources for each source its steps
 * @param deviation measured
 */
record SourceErrors(List<List<Share[]>> sources, double deviation) {
    /**
     * What a step injects by one bin.
     *
     * @param error share x width x residual x the prior's A
     */
    record Share(int bin, double error) {}

    static SourceErrors of(TwinRun twin, List<Source> sources, SourceFit prior) {
        List<List<Share[]>> errors = new ArrayList<>();
        for (Source source : sources) {
            List<Double> sensitivity = prior.law(source).sensitivity();
            errors.add(twin.steps().stream()
                    .filter(step -> step.source() == source && step.residual() > 0)
                    .map(step -> shares(step, sensitivity))
                    .toList());
        }
        return new SourceErrors(errors, twin.deviation());
    }

    private static Share[] shares(TwinRun.Step step, List<Double> sensitivity) {
        List<Share> shares = new ArrayList<>();
        for (int bin = SigmaBins.indexOf(step.nextSigma()); bin <= SigmaBins.indexOf(step.sigma()); bin++) {
            double share = SigmaBins.share(bin, step.sigma(), step.nextSigma());
            if (share > 0) {
                shares.add(new Share(bin, share * SigmaBins.width(bin) * step.residual() * sensitivity.get(bin)));
            }
        }
        return shares.toArray(Share[]::new);
    }

    /**
     * The summed error E.
     *
     * @param g by source and bin
     * @param exponents p by source
     * @param slopes is given the slope of E on ln g
     */
    double error(double[] g, double[] exponents, double[] slopes) {
        double sum = 0;
        for (int source = 0; source < sources.size(); source++) {
            sum += error(source, g, exponents[source], slopes);
        }
        return sum;
    }

    /** {@code E_s = (sum e^p)^(1/p)}, whose slope on an e is {@code (e / E_s)^(p - 1)}. */
    private double error(int source, double[] g, double p, double[] slopes) {
        List<Share[]> steps = sources.get(source);
        int first = source * SigmaBins.COUNT;
        double[] errors = new double[steps.size()];
        double powers = 0;
        for (int i = 0; i < errors.length; i++) {
            for (Share share : steps.get(i)) {
                errors[i] += share.error() * g[first + share.bin()];
            }
            powers += p == 1 ? errors[i] : Math.pow(errors[i], p);
        }
        double combined = p == 1 ? powers : Math.pow(powers, 1 / p);
        for (int i = 0; i < errors.length && combined > 0; i++) {
            double slope = p == 1 ? 1 : Math.pow(errors[i] / combined, p - 1);
            for (Share share : steps.get(i)) {
                slopes[first + share.bin()] += slope * share.error() * g[first + share.bin()];
            }
        }
        return combined;
    }
}
