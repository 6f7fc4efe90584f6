package io.flowblend.api.wire;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.divergence.DivergenceCurve;
import io.flowblend.divergence.Moments;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.evidence.BucketEvidence;
import io.flowblend.evidence.Coverage;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.Transition;
import io.flowblend.pipeline.QualityPreview;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a pair, and what a quality comes to by it. What is not known is null.
 *
 * @param state COLD, LEARNING, ADAPTIVE or DRIFTED
 * @param quality the one that promise and thresholds are for
 * @param promisedDeviation largest deviation from the large model alone that the quality promises
 * @param origin where sensitivity, range and margin come from
 * @param range deviation that the small model alone makes
 * @param ceiling deviation that errors saturate at
 * @param reach for budgets of predicted deviation, the deviation that 95 % of requests stay below
 * @param promises how the promises stand by the last audits
 * @param history the last changes of state, newest first, each with its evidence
 */
@JsonNaming(SnakeCaseStrategy.class)
public record CalibrationObject(
        String object,
        String pair,
        String fingerprint,
        String state,
        double quality,
        @Schema(nullable = true) @Nullable Double promisedDeviation,
        String origin,
        double range,
        double ceiling,
        List<ReachObject> reach,
        Counts counts,
        Promises promises,
        List<BinObject> bins,
        List<BucketObject> buckets,
        List<TransitionObject> history) {

    /** What was learned from. */
    public record Counts(long requests, int twins, int audits) {}

    /**
     * @param share of the audited promises that were kept
     * @param tightening what budgets are divided by while fewer than 95 % are
     */
    public record Promises(int audited, int kept, double share, double tightening) {}

    /**
     * One sigma bin, from sigma 0 to sigma 1.
     *
     * @param count requests that were read in it
     * @param threshold relative L2 divergence up to which the small model may advance a step at the quality
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record BinObject(
            double sigmaFrom,
            double sigmaTo,
            long count,
            @JsonProperty("relative_l2") Spread relativeL2,
            Spread cosine,
            double sensitivity,
            @Schema(nullable = true) @Nullable Double threshold) {}

    /** Of a velocity divergence, across requests. */
    public record Spread(double mean, double variance) {
        static Spread of(Moments moments) {
            return new Spread(moments.mean(), moments.variance());
        }
    }

    /**
     * @param bucket conditions that have a curve of their own
     * @param drift evidence that the readings depart from the curve, 0 and up
     */
    public record BucketObject(String bucket, String state, long requests, double drift) {}

    /**
     * @param at seconds since 1970
     * @param cause the rule that led to it
     * @param statistic what the rule looked at
     * @param limit what it was compared with
     */
    public record TransitionObject(
            long at,
            String bucket,
            String from,
            String to,
            String cause,
            long requests,
            int twins,
            int audits,
            double statistic,
            double limit) {}

    public static CalibrationObject of(PairEvidence known, PairState state, QualityPreview outlook) {
        Calibration calibration = known.calibration();
        Coverage coverage = known.coverage();
        long requests = known.buckets().values().stream()
                .mapToLong(BucketEvidence::requests)
                .sum();
        OptionalDouble promised = outlook.promisedDeviation();
        return new CalibrationObject(
                "calibration",
                known.pair(),
                known.fingerprint(),
                state.name(),
                outlook.quality(),
                promised.isPresent() ? promised.getAsDouble() : null,
                calibration.origin().method(),
                calibration.range(),
                calibration.ceiling(),
                calibration.reach().points().stream()
                        .map(point -> new ReachObject(point.steps(), point.budget(), point.deviation()))
                        .toList(),
                new Counts(requests, known.twins().size(), known.audits().size()),
                new Promises(coverage.audits(), coverage.kept(), coverage.share(), coverage.tightening()),
                bins(calibration, outlook.thresholds()),
                buckets(known),
                history(known.history()));
    }

    /** One budget of predicted deviation, and how far requests of so many steps really end with it. */
    public record ReachObject(int steps, double budget, double deviation) {}

    private static List<BinObject> bins(Calibration calibration, List<Double> thresholds) {
        List<BinObject> bins = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            DivergenceCurve.Bin seen = calibration.curve().bins().get(bin);
            bins.add(new BinObject(
                    SigmaBins.edge(bin),
                    SigmaBins.edge(bin + 1),
                    seen.relativeL2().count(),
                    Spread.of(seen.relativeL2()),
                    Spread.of(seen.cosine()),
                    calibration.sensitivity().get(bin),
                    thresholds.isEmpty() ? null : thresholds.get(bin)));
        }
        return bins;
    }

    private static List<BucketObject> buckets(PairEvidence known) {
        List<BucketObject> buckets = new ArrayList<>();
        new TreeMap<>(known.buckets())
                .forEach((name, bucket) -> buckets.add(new BucketObject(
                        name,
                        bucket.state().name(),
                        bucket.requests(),
                        bucket.drift().statistic())));
        return buckets;
    }

    private static List<TransitionObject> history(List<Transition> history) {
        List<TransitionObject> newestFirst = new ArrayList<>();
        for (Transition one : history) {
            newestFirst.add(
                    0,
                    new TransitionObject(
                            one.at(),
                            one.bucket(),
                            one.from().name(),
                            one.to().name(),
                            one.cause().name().toLowerCase(Locale.ROOT),
                            one.requests(),
                            one.twins(),
                            one.audits(),
                            one.statistic(),
                            one.limit()));
        }
        return newestFirst;
    }
}
