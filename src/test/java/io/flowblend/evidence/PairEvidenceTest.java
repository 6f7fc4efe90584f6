package io.flowblend.evidence;

import static io.flowblend.evidence.SyntheticReadings.CONDITIONS;
import static io.flowblend.evidence.SyntheticReadings.audit;
import static io.flowblend.evidence.SyntheticReadings.promise;
import static io.flowblend.evidence.SyntheticReadings.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.evidence.Transition.Cause;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairEvidenceTest {
    private static final LearningRules RULES = LearningRules.DEFAULT;

    private final Random random = new Random(5);

    private double scattered(double mean) {
        return mean * Math.exp(0.15 * random.nextGaussian());
    }

    private PairEvidence learned(PairEvidence evidence, int requests, double plain, double change, long from) {
        PairEvidence next = evidence;
        for (int i = 0; i < requests; i++) {
            next = next.learned(request(from + i, scattered(plain), scattered(change)), RULES);
        }
        return next;
    }

    private PairEvidence promised(PairEvidence evidence, int samples, double actual, long at) {
        return evidence.learned(
                List.of(),
                IntStream.range(0, samples)
                        .mapToObj(i -> promise(40, 0.1, scattered(actual), at))
                        .toList(),
                at,
                RULES);
    }

    private PairEvidence adaptive() {
        PairEvidence evidence = promised(
                learned(PairEvidence.unknown("fresh", "abc"), RULES.minSamples(), 0.4, 0.1, 100), 20, 0.1, 200);
        assertEquals(PairState.ADAPTIVE, evidence.state());
        return evidence;
    }

    private static SourceEvidence small(BucketEvidence bucket) {
        return bucket.sources().getOrDefault(Source.SMALL, SourceEvidence.NONE);
    }

    private static Transition last(PairEvidence evidence) {
        return evidence.history().get(evidence.history().size() - 1);
    }

    @Test
    void goesFromColdToAdaptiveByRuleAndSaysWhy() {
        PairEvidence evidence = PairEvidence.unknown("fresh", "abc");
        assertEquals(PairState.COLD, evidence.state());
        evidence = learned(evidence, 1, 0.4, 0.1, 1);
        assertEquals(PairState.LEARNING, evidence.state());
        assertEquals(Cause.FIRST_READINGS, last(evidence).cause());
        evidence = learned(evidence, RULES.minSamples(), 0.4, 0.1, 2);
        assertEquals(PairState.LEARNING, evidence.state(), "readings alone support no promise");
        evidence = promised(evidence, RULES.minSupport() - 1, 0.1, 50);
        assertEquals(PairState.LEARNING, evidence.state());
        evidence = promised(evidence, 1, 0.1, 51);
        assertEquals(PairState.ADAPTIVE, evidence.state());
        assertEquals(Cause.ENOUGH_EVIDENCE, last(evidence).cause());
        assertEquals(RULES.minSupport(), last(evidence).promiseSamples());
        assertEquals(PairState.COLD, evidence.state(SyntheticReadings.conditions(1, 40)), "another bucket");
    }

    @Test
    void promiseSamplesOfDifferentStepCountsDoNotSupportEachOther() {
        PairEvidence evidence = learned(PairEvidence.unknown("fresh", ""), 20, 0.4, 0.1, 1);
        List<PromiseSample> scattered = IntStream.range(0, 3 * RULES.minSupport())
                .mapToObj(i -> promise(10 + i, 0.1, 0.1, 30))
                .toList();
        assertEquals(
                PairState.LEARNING,
                evidence.learned(List.of(), scattered, 30, RULES).state());
    }

    @Test
    void sourceThatIsNotReadWhereRunsPassIsNotEnough() {
        PairEvidence evidence = PairEvidence.unknown("fresh", "");
        for (int i = 0; i < 40; i++) {
            evidence = evidence.learned(request(CONDITIONS, 20, 1, 0.4, 0.1, i), RULES);
        }
        assertEquals(0, evidence.bucket(CONDITIONS.bucket()).fewestReadings());
        assertEquals(PairState.LEARNING, promised(evidence, 20, 0.1, 50).state());
    }

    @Test
    void oneOddRequestDoesNotHoldABucketBack() {
        PairEvidence evidence = PairEvidence.unknown("fresh", "");
        for (int i = 0; i < 40; i++) {
            evidence = evidence.learned(request(SyntheticReadings.conditions(4, 8), 0, 1, 0.4, 0.1, i), RULES);
        }
        evidence = evidence.learned(request(SyntheticReadings.conditions(4, 60), 0, 1, 0.4, 0.1, 40), RULES);
        assertTrue(evidence.bucket(CONDITIONS.bucket()).fewestReadings() >= RULES.minSamples());
    }

    @Test
    void steadyRequestsRaiseNoAlarm() {
        assertEquals(PairState.ADAPTIVE, learned(adaptive(), 400, 0.4, 0.1, 300).state());
    }

    @ParameterizedTest
    @CsvSource({"0.9, 0.1, SMALL", "0.15, 0.1, SMALL", "0.4, 0.6, REUSED", "0.4, 0.02, REUSED"})
    void changedModelIsFoundWithinFiftyRequestsAndTheSourceIsNamed(double plain, double change, Source source) {
        PairEvidence evidence = learned(adaptive(), 100, 0.4, 0.1, 300);
        int requests = 0;
        while (evidence.state() != PairState.DRIFTED) {
            assertTrue(requests < 50, "no alarm");
            evidence = learned(evidence, 1, plain, change, 500 + requests++);
        }
        assertEquals(Cause.DRIFT_OF_READINGS, last(evidence).cause());
        assertEquals(Optional.of(source), last(evidence).source());
        assertTrue(last(evidence).statistic() > last(evidence).limit());
    }

    @Test
    void auditsThatDeviateMoreThanPredictedMeanDrift() {
        PairEvidence evidence = adaptive();
        int audits = 0;
        while (evidence.state() != PairState.DRIFTED) {
            assertTrue(audits < 30, "no alarm");
            evidence = evidence.learned(audit(0.2, 0.1, scattered(0.25), 300 + audits++), RULES);
        }
        assertEquals(Cause.DRIFT_OF_AUDITS, last(evidence).cause());
    }

    @Test
    void driftedBucketIsLearnedAnewAndForgetsItsPromises() {
        PairEvidence evidence = learned(learned(adaptive(), 20, 0.4, 0.1, 250), 60, 0.9, 0.1, 300);
        assertTrue(evidence.history().stream().anyMatch(told -> told.cause() == Cause.RELEARNING));
        BucketEvidence bucket = evidence.bucket(CONDITIONS.bucket());
        assertEquals(PairState.LEARNING, bucket.state());
        assertTrue(bucket.since() >= 300);
        assertEquals(
                0.9,
                SourceModels.of(Source.SMALL, small(bucket), SourceFit.prior().law(Source.SMALL))
                        .residual(0.5, Double.POSITIVE_INFINITY),
                0.1);
        assertEquals(List.of(), evidence.promiseSamples(CONDITIONS.bucket()));
        assertEquals(PairState.ADAPTIVE, promised(evidence, 20, 0.2, 400).state());
    }

    @Test
    void auditsMoveThePromiseBothWays() {
        PairEvidence evidence = adaptive();
        PairEvidence broken = evidence;
        for (int i = 0; i < 4; i++) {
            broken = broken.learned(audit(0.1, 0.1, 0.11, 300 + i), RULES);
        }
        assertEquals(4 * 0.0095, broken.promiseCurve(CONDITIONS.bucket()).shift(), 1e-12);
        PairEvidence kept = broken;
        for (int i = 0; i < 19 * 4; i++) {
            kept = kept.learned(audit(0.1, 0.1, Math.min(0.099, scattered(0.08)), 400 + i), RULES);
        }
        assertEquals(0, kept.promiseCurve(CONDITIONS.bucket()).shift(), 1e-9, "one in 20 is allowed");
        kept = kept.learned(audit(0.1, 0.1, 0.08, 600), RULES);
        assertTrue(kept.promiseCurve(CONDITIONS.bucket()).shift() < 0, "promises that are kept too well grow");
    }

    @Test
    void twoWorkersTogetherKnowWhatOneWouldKnow() {
        PairEvidence start = PairEvidence.unknown("fresh", "abc");
        List<RequestReadings> requests = IntStream.range(0, 20)
                .mapToObj(i -> request(i, scattered(0.4), scattered(0.1)))
                .toList();
        PairEvidence one = start;
        PairEvidence left = start;
        PairEvidence right = start;
        for (int i = 0; i < requests.size(); i++) {
            one = one.learned(requests.get(i), RULES);
            left = i % 2 == 0 ? left.learned(requests.get(i), RULES) : left;
            right = i % 2 == 1 ? right.learned(requests.get(i), RULES) : right;
        }
        PairEvidence merged = promised(left, 3, 0.1, 30).merged(promised(right, 4, 0.1, 31));
        BucketEvidence expected = one.bucket(CONDITIONS.bucket());
        BucketEvidence bucket = merged.bucket(CONDITIONS.bucket());
        assertEquals(expected.requests(), bucket.requests());
        assertEquals(expected.passed(), bucket.passed());
        assertEquals(expected.cosine().get(8).mean(), bucket.cosine().get(8).mean(), 1e-12);
        CellEvidence a = small(expected).cell(8, 1);
        CellEvidence b = small(bucket).cell(8, 1);
        assertEquals(a.count(), b.count());
        assertEquals(a.mean().ww(), b.mean().ww(), 0.01 * a.mean().ww());
        assertEquals(7, merged.promiseSamples(CONDITIONS.bucket()).size());
        assertThrows(IllegalArgumentException.class, () -> start.merged(PairEvidence.unknown("fresh", "other")));
    }

    @Test
    void otherWeightsSetEverythingAsideButTheStoredFractions() {
        PairEvidence evidence =
                adaptive().withStoredProfile(new StoredProfile(0.4, 0.2, OptionalDouble.of(0.1), 40, "measured"));
        assertSame(evidence, evidence.boundTo("abc", 500));
        PairEvidence stale = evidence.boundTo("other", 500);
        assertEquals(PairState.COLD, stale.state());
        assertEquals(Cause.STALE_FINGERPRINT, last(stale).cause());
        assertEquals(0.4, stale.storedProfile().orElseThrow().early());
        assertFalse(stale.storedProfile().orElseThrow().fits(0.5, 40), "its deviation was that of other weights");
    }

    @Test
    void whatIsNotBoundYetIsBoundToTheModelsThatAreLoaded() {
        PairEvidence evidence = learned(PairEvidence.unknown("fresh", ""), 3, 0.4, 0.1, 1);
        assertEquals(evidence.buckets(), evidence.boundTo("abc", 5).buckets());
        assertTrue(evidence.boundTo("abc", 5).fits("abc"));
    }

    @Test
    void oldPromiseSamplesMakeRoomWithinTheirOwnKind() {
        PairEvidence evidence = promised(PairEvidence.unknown("fresh", ""), 10, 0.1, 1);
        List<PromiseSample> many = IntStream.range(0, PairEvidence.KEPT_PROMISES + 50)
                .mapToObj(i -> promise(20, 0.1, 0.1, 100 + i))
                .toList();
        PairEvidence full = evidence.learned(List.of(), many, 900, RULES);
        assertEquals(10 + PairEvidence.KEPT_PROMISES, full.promises().size());
        assertEquals(
                150,
                full.promises().stream()
                        .filter(kept -> kept.sample().steps() == 20)
                        .mapToLong(PromiseSample::at)
                        .min()
                        .orElse(0));
    }

    @ParameterizedTest
    @CsvSource({
        "4, 4, false, true",
        "4, 4.4, false, true",
        "4, 1, false, false",
        "4, 7, false, false",
        "1, 0, false, true",
        "4, 4, true, false"
    })
    void guidanceAndAGivenFrameHaveBucketsOfTheirOwn(double a, double b, boolean fromImage, boolean same) {
        Conditions one = new Conditions(a, 40, "unipc", 4096, 17, false);
        Conditions other = new Conditions(b, 20, "euler", 8192, 33, fromImage);
        assertEquals(same, one.bucket().equals(other.bucket()));
    }
}
