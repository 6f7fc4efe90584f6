package io.flowblend.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Study;
import io.flowblend.divergence.Moments;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.divergence.WeightedMoments;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairEvidenceTest {
    private static final LearningRules RULES = LearningRules.DEFAULT;
    private static final List<Double> SIGMAS = DoubleStream.iterate(1, sigma -> sigma > -1e-9, sigma -> sigma - 0.025)
            .map(sigma -> Math.max(0, sigma))
            .boxed()
            .toList();

    /** The part that does not fade is exactly what one worker would have; the faded part keeps each worker's weights. */
    @Property(tries = 60)
    void whatTwoWorkersLearnedIsWhatOneWouldHaveLearned(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @IntRange(min = 0, max = 12) int first,
            @ForAll @IntRange(min = 0, max = 12) int second) {
        Random random = new Random(seed);
        List<RequestReadings> requests = new ArrayList<>();
        for (int i = 0; i < first + second; i++) {
            requests.add(readings(i, 0.3 + random.nextDouble(), 4));
        }
        PairEvidence one = learned(requests);
        PairEvidence two = learned(requests.subList(0, first)).merged(learned(requests.subList(first, first + second)));
        assertEquals(one.buckets().keySet(), two.buckets().keySet());
        one.buckets().forEach((name, bucket) -> {
            BucketEvidence other = Objects.requireNonNull(two.buckets().get(name));
            assertEquals(bucket.requests(), other.requests());
            for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
                BucketEvidence.Bin a = bucket.bins().get(bin);
                BucketEvidence.Bin b = other.bins().get(bin);
                assertSame(a.relativeL2(), b.relativeL2());
                assertSame(a.cosine(), b.cosine());
                assertEquals(a.passed(), b.passed());
                assertTrue(b.recentL2().weight() >= a.recentL2().weight() - 1e-9, "older readings fade only at home");
            }
        });
    }

    private static void assertSame(Moments a, Moments b) {
        assertEquals(a.count(), b.count());
        assertEquals(a.mean(), b.mean(), 1e-12);
        assertEquals(a.m2(), b.m2(), 1e-9);
    }

    @Property(tries = 100)
    void fadedMomentsMergeToTheWeightedMomentsOfAllValues(@ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        Random random = new Random(seed);
        double[] fades = {0.9, 0.8};
        WeightedMoments merged = WeightedMoments.NONE;
        double weights = 0;
        double sum = 0;
        double squares = 0;
        for (double fade : fades) {
            WeightedMoments own = WeightedMoments.NONE;
            int count = 1 + random.nextInt(8);
            for (int i = 0; i < count; i++) {
                double value = random.nextGaussian();
                double weight = Math.pow(fade, count - 1 - i);
                own = own.faded(fade).plus(value);
                weights += weight;
                sum += weight * value;
                squares += weight * value * value;
            }
            merged = merged.merge(own);
        }
        assertEquals(weights, merged.weight(), 1e-9);
        assertEquals(sum / weights, merged.mean(), 1e-9);
        assertEquals(squares - sum * sum / weights, merged.m2(), 1e-9);
    }

    @Test
    void recentReadingsCountMoreThanOldOnes() {
        LearningRules forgetful = new LearningRules(16, 8, 5, 12);
        PairEvidence knowledge = PairEvidence.unknown("fresh", "");
        for (int i = 0; i < 60; i++) {
            knowledge = knowledge.learned(readings(i, i < 30 ? 0.8 : 0.4, 4), forgetful);
        }
        BucketEvidence bucket = Objects.requireNonNull(knowledge.buckets().get("guidance-4.0"));
        assertEquals(0.6, bucket.bins().get(8).relativeL2().mean(), 1e-9);
        assertEquals(0.4, knowledge.calibration().curve().relativeL2(0.5), 0.02);
    }

    /**
     * On digits the guided divergence is more than twice that of the conditional pass, and a given frame decides the layout:
     * one curve cannot serve both.
     */
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

    @Test
    void pairGoesFromColdToAdaptiveByRuleAndSaysWhy() {
        PairEvidence knowledge = PairEvidence.unknown("fresh", "abc");
        assertEquals(PairState.COLD, knowledge.state());
        knowledge = knowledge.learned(readings(1, 0.5, 4), RULES);
        assertEquals(PairState.LEARNING, knowledge.state());
        for (int i = 2; i <= 16; i++) {
            knowledge = knowledge.learned(readings(i, 0.5, 4), RULES);
        }
        assertEquals(PairState.LEARNING, knowledge.state(), "a curve alone supports no promise");
        for (int i = 17; i < 17 + RULES.minSupport(); i++) {
            assertEquals(PairState.LEARNING, knowledge.state());
            knowledge = knowledge.learned(twin(0.9, 0.7, 0.5, 0.2, i), RULES);
        }
        assertEquals(PairState.ADAPTIVE, knowledge.state());
        Transition last = knowledge.history().get(knowledge.history().size() - 1);
        assertEquals(Transition.Cause.ENOUGH_EVIDENCE, last.cause());
        assertEquals(16, last.requests());
        assertEquals(8, last.twins());
        assertEquals(
                PairState.COLD, knowledge.state(new Conditions(1, 40, "unipc", 4096, 17, false)), "another bucket");
    }

    @Test
    void curveWithAGapWhereRunsPassIsNotEnough() {
        PairEvidence knowledge = PairEvidence.unknown("fresh", "");
        for (int i = 0; i < 40; i++) {
            RequestReadings full = readings(i, 0.5, 4);
            List<RequestReadings.Probe> some =
                    full.probes().stream().filter(probe -> probe.sigma() > 0.4).toList();
            knowledge = knowledge
                    .learned(new RequestReadings(full.conditions(), 1, SIGMAS, some, List.of(), i), RULES)
                    .learned(twin(0.9, 0.7, 0.5, 0.2, i), RULES);
        }
        assertEquals(PairState.LEARNING, knowledge.state());
        assertEquals(0.5, knowledge.calibration().curve().relativeL2(0.1), 1e-9, "a gap is bridged, never taken for 0");
    }

    @Test
    void shippedCalibrationIsAdaptiveAtOnceAndOnlyForItsWeights() {
        PairEvidence digits = PairEvidence.of(digits(), "");
        assertEquals(PairState.ADAPTIVE, digits.state());
        PairEvidence bound = digits.boundTo("abc", 5);
        assertEquals(PairState.ADAPTIVE, bound.state());
        assertEquals(bound, bound.boundTo("abc", 6));
        assertTrue(!bound.fits("def"));
        PairEvidence other = bound.boundTo("def", 7);
        assertEquals(PairState.COLD, other.state());
        assertEquals(Transition.Cause.STALE_FINGERPRINT, other.history().get(0).cause());
        assertEquals(digits.storedProfile(), other.storedProfile(), "a schedule that served well is kept");
        assertThrows(IllegalArgumentException.class, () -> bound.merged(other));
    }

    @Test
    void priorSaysThatItIsOneAndTwinRunsThatTheyMovedIt() {
        PairEvidence knowledge = PairEvidence.unknown("fresh", "").learned(readings(1, 0.5, 4), RULES);
        Calibration prior = knowledge.calibration();
        assertTrue(
                prior.origin().method().startsWith("prior: sensitivity of digits"),
                prior.origin().method());
        Calibration shipped = ShippedCalibrations.packaged().find("digits").orElseThrow();
        assertEquals(shipped.sensitivity(), prior.sensitivity());
        Calibration moved =
                knowledge.learned(twin(0.9, 0.7, 0.5, 0.4, 2), RULES).calibration();
        assertNotEquals(prior.sensitivity(), moved.sensitivity());
        assertTrue(
                moved.origin().method().contains("1 twin runs"), moved.origin().method());
    }

    @Test
    void storeUpdatesAsOneStepAndForgetsToWhatWasShipped() {
        EvidenceStore store = new MemoryEvidenceStore(ShippedCalibrations.packaged());
        assertEquals(PairState.ADAPTIVE, store.find("digits").orElseThrow().state());
        assertTrue(store.find("fresh").isEmpty());
        store.update("fresh", known -> known.boundTo("abc", 0).learned(readings(1, 0.5, 4), RULES));
        assertEquals(PairState.LEARNING, store.find("fresh").orElseThrow().state());
        store.forget("fresh");
        assertTrue(store.find("fresh").isEmpty());
        store.replace("digits", PairEvidence.unknown("digits", ""));
        assertEquals(PairState.COLD, store.find("digits").orElseThrow().state());
        store.forget("digits");
        assertEquals(PairState.ADAPTIVE, store.find("digits").orElseThrow().state());
    }

    static Calibration digits() {
        return Study.calibration();
    }

    private static PairEvidence learned(List<RequestReadings> requests) {
        PairEvidence knowledge = PairEvidence.unknown("fresh", "");
        for (RequestReadings request : requests) {
            knowledge = knowledge.learned(request, RULES);
        }
        return knowledge;
    }

    static RequestReadings readings(long at, double relativeL2, double guidance) {
        List<RequestReadings.Probe> probes = SIGMAS.subList(0, SIGMAS.size() - 1).stream()
                .map(sigma -> new RequestReadings.Probe(sigma, new VelocityDivergence(0.1, relativeL2, 1)))
                .toList();
        return new RequestReadings(
                new Conditions(guidance, 40, "unipc", 4096, 17, false), 1, SIGMAS, probes, List.of(), at);
    }

    static TwinRun twin(double from, double to, double relativeL2, double deviation, long at) {
        return new TwinRun(
                new Conditions(4, 40, "unipc", 4096, 17, false),
                List.of(new TwinRun.CheapStep(false, from, to, relativeL2)),
                deviation,
                at);
    }
}
