package io.flowblend.calibration;

import io.flowblend.divergence.SigmaBins;
import java.util.List;
import java.util.Optional;

/**
 * What a controller decides from: all that was derived from the evidence about a pair under one kind of conditions. The
 * errors E_s of the sources ({@link SourceModel}) add up, and the deviation saturates, because two unrelated videos are
 * only so far apart, with C the ceiling:
 *
 * <pre>  E = sum over sources of E_s,   D = E / (1 + E / C)</pre>
 *
 * @param pair id of the pair
 * @param fingerprint of both models' weights and configs; empty = not bound to certain weights
 * @param origin where the numbers come from
 * @param sources one model for each source that was measured
 * @param ceiling C, deviation that errors saturate at
 * @param promises from predicted to promised deviations
 * @param storedProfile the LSL schedule found best for the pair, where one was
 */
public record Calibration(
        String pair,
        String fingerprint,
        Origin origin,
        List<SourceModel> sources,
        double ceiling,
        PromiseCurve promises,
        Optional<StoredProfile> storedProfile) {
    public Calibration {
        if (!pair.matches("[a-z0-9][a-z0-9._-]*")) {
            throw new IllegalArgumentException("pair must be an id of a-z, 0-9, '.', '_', '-', not '" + pair + "'");
        }
        sources = List.copyOf(sources);
        if (sources.stream().map(SourceModel::source).distinct().count() != sources.size()) {
            throw new IllegalArgumentException("sources must name each source once");
        }
        Range.check("ceiling", ceiling, 1e-6, 100);
    }

    /**
     * @param method how the numbers were measured, for people
     * @param measuredOn date, ISO 8601
     * @param requests requests that were measured
     * @param guidance scale that they were measured at, 1 = none; 0..1000
     */
    public record Origin(String method, String measuredOn, int requests, double guidance) {
        public Origin {
            Range.check("guidance", guidance, 0, 1000);
            if (method.isBlank()) {
                throw new IllegalArgumentException("method must say how the numbers were measured");
            }
            if (!measuredOn.matches("\\d{4}-\\d{2}-\\d{2}")) {
                throw new IllegalArgumentException(
                        "measured_on must be a date such as 2026-01-31, not '" + measuredOn + "'");
            }
            if (requests < 0) {
                throw new IllegalArgumentException("requests must be 0 or more, not " + requests);
            }
        }
    }

    /** The model of a source, where it was measured. */
    public Optional<SourceModel> source(Source source) {
        return sources.stream().filter(model -> model.source() == source).findFirst();
    }

    /** D for a summed error E, 0 and up. */
    public double deviation(double error) {
        return error == Double.POSITIVE_INFINITY ? ceiling : error / (1 + error / ceiling);
    }

    /** E that leads to a deviation; infinite from the ceiling on. */
    public double errorFor(double deviation) {
        return deviation >= ceiling ? Double.POSITIVE_INFINITY : deviation / (1 - deviation / ceiling);
    }

    /** Whether it was made with these models, as far as it is bound to any. */
    public boolean fits(String modelsFingerprint) {
        return fingerprint.isEmpty() || fingerprint.equals(modelsFingerprint);
    }

    static List<Double> byBin(String field, List<Double> values, double low, double high) {
        if (values.size() != SigmaBins.COUNT) {
            throw new IllegalArgumentException(field + " must hold " + SigmaBins.COUNT + " numbers");
        }
        values.forEach(value -> Range.check(field, value, low, high));
        return List.copyOf(values);
    }
}
