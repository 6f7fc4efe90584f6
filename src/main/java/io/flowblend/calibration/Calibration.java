package io.flowblend.calibration;

import io.flowblend.divergence.DivergenceCurve;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.evidence.Coverage;
import java.util.List;
import java.util.Optional;

/**
 * All that was learned about a pair. See {@link DeviationModel} for how the parts make a prediction.
 *
 * @param pair id of the pair
 * @param fingerprint of both models' weights and configs; empty = not bound to certain weights
 * @param origin where the numbers come from
 * @param curve velocity divergence by sigma bin
 * @param sensitivity A by sigma bin, in deviation per (sigma x relative L2), above 0
 * @param reuseSensitivity the same for a step on which the last velocity is carried on, whose relative L2 is the change of
 *     LARGE's velocity since then; above 0
 * @param response by sigma bin, the slope of the logarithm of a request's deviation (over what is usual for its schedule)
 *     on that of its ratio there (what a probe reads over what the curve says), 0 = it tells nothing, 1 = in
 *     proportion, above 1 = hard requests are harder than their divergence; 0..4
 * @param reuseResponse the same for what LARGE's change reads over what the curve says; 0..4
 * @param range deviation that SMALL alone makes, which is what quality 0 allows; above 0, below {@code ceiling}
 * @param ceiling deviation that errors saturate at
 * @param reach how far requests really end
 * @param tightening what budgets are divided by so that the promise holds, 1..4; see {@link Coverage}
 * @param storedProfile the LSL schedule found best for the pair, where one was
 */
public record Calibration(
        String pair,
        String fingerprint,
        Origin origin,
        DivergenceCurve curve,
        List<Double> sensitivity,
        List<Double> reuseSensitivity,
        List<Double> response,
        List<Double> reuseResponse,
        double range,
        double ceiling,
        Reach reach,
        double tightening,
        Optional<StoredProfile> storedProfile) {

    public Calibration {
        if (!pair.matches("[a-z0-9][a-z0-9._-]*")) {
            throw new IllegalArgumentException("pair must be an id of a-z, 0-9, '.', '_', '-', not '" + pair + "'");
        }
        sensitivity = byBin("sensitivity", sensitivity, 1e-9, 1e6);
        reuseSensitivity = byBin("reuse_sensitivity", reuseSensitivity, 1e-9, 1e6);
        response = byBin("response", response, 0, 4);
        reuseResponse = byBin("reuse_response", reuseResponse, 0, 4);
        within("ceiling", ceiling, 1e-6, 100);
        within("tightening", tightening, 1, 4);
        if (!(range > 0 && range < ceiling)) {
            throw new IllegalArgumentException(
                    "range must be above 0 and below ceiling (" + ceiling + "), not " + range);
        }
    }

    /**
     * @param method how the numbers were measured, for people
     * @param measuredOn date, ISO 8601
     * @param requests requests that were measured
     * @param guidance scale that they were measured at, 1 = none; 0..1000
     */
    public record Origin(String method, String measuredOn, int requests, double guidance) {
        public Origin {
            within("guidance", guidance, 0, 1000);
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

    /**
     * @param early fraction of the steps that LARGE makes at the start, 0..1
     * @param late fraction of the steps that LARGE makes at the end, 0..1
     * @param source where it was found, for people; may be empty
     */
    public record StoredProfile(double early, double late, String source) {
        public StoredProfile {
            within("early", early, 0, 1);
            within("late", late, 0, 1);
        }

        public StoredProfile(double early, double late) {
            this(early, late, "");
        }
    }

    /** Whether it was made with these models, as far as it is bound to any. */
    public boolean fits(String modelsFingerprint) {
        return fingerprint.isEmpty() || fingerprint.equals(modelsFingerprint);
    }

    private static List<Double> byBin(String field, List<Double> values, double low, double high) {
        if (values.size() != SigmaBins.COUNT) {
            throw new IllegalArgumentException(field + " must hold " + SigmaBins.COUNT + " numbers");
        }
        values.forEach(value -> within(field, value, low, high));
        return List.copyOf(values);
    }

    static void within(String field, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new IllegalArgumentException(field + " must be in " + low + ".." + high + ", not " + value);
        }
    }
}
