package io.flowblend.api.wire;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.SourceModel;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.evidence.Audit;
import io.flowblend.evidence.BucketEvidence;
import io.flowblend.evidence.EvidenceJson;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.Transition;
import io.flowblend.pipeline.QualityPreview;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a pair, and what a quality comes to by it. What is not known is null.
 *
 * @param state COLD, LEARNING, ADAPTIVE or DRIFTED
 * @param plan what the quality comes to for a typical request
 * @param thresholds of that request, one a step: the residual at which the choice of the step would flip
 * @param origin where the numbers come from
 * @param ceiling deviation that errors saturate at
 * @param sources one for each source of velocity that was measured
 * @param audits how the audited promises stand
 * @param buckets conditions that have evidence of their own
 * @param history the last changes of state, newest first, each with its evidence
 * @param evidence all that was measured, as {@code PUT} takes it
 */
@JsonNaming(SnakeCaseStrategy.class)
public record CalibrationObject(
        String object,
        String pair,
        String fingerprint,
        String state,
        PlanObject.Entry plan,
        List<ThresholdObject> thresholds,
        @Schema(nullable = true) @Nullable String origin,
        @Schema(nullable = true) @Nullable Double ceiling,
        List<SourceObject> sources,
        Counts counts,
        Audits audits,
        List<BucketObject> buckets,
        List<TransitionObject> history,
        Map<String, Object> evidence) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What was learned from. */
    @JsonNaming(SnakeCaseStrategy.class)
    public record Counts(long requests, int twins, int promiseSamples, int audits) {}

    /** @param share of the audited promises that were kept; null if none was audited */
    public record Audits(int audited, int kept, @Schema(nullable = true) @Nullable Double share) {}

    /**
     * @param sigma noise level at the start of the step
     * @param threshold null where nothing was compared
     */
    public record ThresholdObject(double sigma, @Schema(nullable = true) @Nullable Double threshold) {}

    /**
     * @param source for example {@code small}
     * @param exponent by which the errors of its steps combine, 1 = they add up, 2 = as independent ones do
     */
    public record SourceObject(String source, String letter, double exponent, List<BinObject> bins) {}

    /**
     * One sigma bin, from sigma 0 to sigma 1.
     *
     * @param sensitivity deviation per (sigma x residual)
     * @param readingGain how far a reading here tells how hard a request is, 0 = not at all
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record BinObject(
            double sigmaFrom, double sigmaTo, double sensitivity, double readingGain, List<CellObject> distances) {}

    /**
     * At one distance from the anchor.
     *
     * @param distance in bin widths; null: without an anchor
     * @param count requests that were read; 0: the rest is a prior or taken from its neighbours
     * @param residual mean relative L2 to LARGE's velocity
     * @param spread its standard deviation between requests
     * @param gain factor on what was known at the anchor
     * @param slopeShare share of its slope that is followed
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record CellObject(
            @Schema(nullable = true) @Nullable Double distance,
            long count,
            double residual,
            double spread,
            double gain,
            double slopeShare) {}

    /**
     * @param bucket conditions that have evidence of their own
     * @param drift statistic of the source whose readings drift most, 0 and up
     */
    public record BucketObject(String bucket, String state, long requests, double drift) {}

    /**
     * @param at seconds since 1970
     * @param cause the rule that led to it
     * @param source whose readings drifted, where that was the cause
     * @param statistic what the rule looked at
     * @param limit what it was compared with
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record TransitionObject(
            long at,
            String bucket,
            String from,
            String to,
            String cause,
            @Schema(nullable = true) @Nullable String source,
            long requests,
            int promiseSamples,
            int audits,
            double statistic,
            double limit) {}

    /** @param calibration what was derived for a request with the pair's defaults */
    public static CalibrationObject of(
            PairEvidence known, PairState state, Optional<Calibration> calibration, QualityPreview preview) {
        long requests = known.buckets().values().stream()
                .mapToLong(BucketEvidence::requests)
                .sum();
        return new CalibrationObject(
                "calibration",
                known.pair(),
                known.fingerprint(),
                state.name(),
                PlanObject.entry(preview.plan()),
                thresholds(preview),
                calibration.map(found -> found.origin().method()).orElse(null),
                calibration.map(Calibration::ceiling).orElse(null),
                calibration.map(Calibration::sources).orElse(List.of()).stream()
                        .map(CalibrationObject::source)
                        .toList(),
                new Counts(
                        requests,
                        known.twins().size(),
                        known.promises().size(),
                        known.audits().size()),
                audits(known.audits()),
                buckets(known),
                history(known.history()),
                JSON.convertValue(EvidenceJson.tree(known), new TypeReference<Map<String, Object>>() {}));
    }

    private static List<ThresholdObject> thresholds(QualityPreview preview) {
        List<ThresholdObject> thresholds = new ArrayList<>();
        for (int step = 0; step < preview.sigmas().size(); step++) {
            OptionalDouble threshold = preview.thresholds().get(step);
            boolean finite = threshold.isPresent() && Double.isFinite(threshold.getAsDouble());
            thresholds.add(new ThresholdObject(preview.sigmas().get(step), finite ? threshold.getAsDouble() : null));
        }
        return thresholds;
    }

    private static SourceObject source(SourceModel model) {
        List<BinObject> bins = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            List<CellObject> distances = new ArrayList<>();
            for (int distance = 0; distance <= AnchorDistance.NONE; distance++) {
                SourceModel.Cell cell = model.cells().get(bin).get(distance);
                distances.add(new CellObject(
                        distance == AnchorDistance.NONE ? null : AnchorDistance.centre(distance),
                        cell.count(),
                        cell.residual(),
                        cell.spread(),
                        cell.gain(),
                        cell.slopeShare()));
            }
            bins.add(new BinObject(
                    SigmaBins.edge(bin),
                    SigmaBins.edge(bin + 1),
                    model.sensitivity().get(bin),
                    model.readingGain().get(bin),
                    distances));
        }
        return new SourceObject(
                Values.lower(model.source()), String.valueOf(model.source().letter()), model.exponent(), bins);
    }

    private static Audits audits(List<Audit> audits) {
        int kept = (int) audits.stream().filter(Audit::kept).count();
        return new Audits(audits.size(), kept, audits.isEmpty() ? null : (double) kept / audits.size());
    }

    private static List<BucketObject> buckets(PairEvidence known) {
        List<BucketObject> buckets = new ArrayList<>();
        new TreeMap<>(known.buckets())
                .forEach((name, bucket) -> buckets.add(
                        new BucketObject(name, bucket.state().name(), bucket.requests(), bucket.readingDrift())));
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
                            Values.lower(one.cause()),
                            one.source().map(Values::lower).orElse(null),
                            one.requests(),
                            one.promiseSamples(),
                            one.audits(),
                            one.statistic(),
                            one.limit()));
        }
        return newestFirst;
    }
}
