package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Study;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.Transition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole lives of pairs under the service, thousands of requests long; each test says which failure it guards against. */
class ServiceSimulationTest {
    private static final TuningProfile BALANCED = Requests.plain();
    private static final SimulatedPair DIGITS = SimulatedPair.digits();

    /** Guards against any state that is not lawful, over 10,000 requests of changing quality; and false drift alarms. */
    @Test
    void tenThousandRequestsKeepTheInvariantsThePromiseAndTheState() {
        SimulatedService service = calibrated(1);
        Random random = new Random(2);
        int kept = 0;
        double probes = 0;
        double cost = 0;
        for (int i = 0; i < 10_000; i++) {
            SimulatedService.Served served = service.serve(DIGITS, random.nextInt(11) / 10.0);
            PolicyInvariants.check(served.request(), served.run());
            kept += served.kept() ? 1 : 0;
            probes += served.count('P') * Requests.SMALL_COST;
            cost += served.cost();
        }
        say(
                "10,000 requests: kept %.3f, probes %.4f of the cost, history %s",
                kept / 10_000.0, probes / cost, told(service));
        assertTrue(kept >= 9_500, "kept " + kept);
        assertTrue(probes <= 0.05 * cost, "probes " + probes / cost);
        assertEquals(PairState.ADAPTIVE, service.state());
        assertEquals(0, causes(service, Transition.Cause.DRIFT_OF_READINGS), told(service));
    }

    /** Guards against a pair that stays LARGE for ever, and against one that is trusted before it was seen. */
    @Test
    void newPairLearnsByItselfAndReachesItsBestStaticScheduleWithin32Requests() {
        // The last two have another sensitivity than the prior's: less falling, and falling more steeply, over sigma.
        for (SimulatedPair pair :
                List.of(DIGITS.times(0.5), DIGITS.times(0.8), DIGITS.times(1.1), tilted(0.5, 0.8), tilted(1.3, 0.6))) {
            SimulatedService service = unknown(3);
            int adaptiveFrom = -1;
            for (int i = 0; i < 32; i++) {
                if (service.state() != PairState.ADAPTIVE) {
                    SimulatedService.Served served = service.serve(pair, 0.6);
                    assertEquals(0, served.count('S'), "never SMALL before it is known");
                } else if (adaptiveFrom < 0) {
                    adaptiveFrom = i;
                }
                if (adaptiveFrom >= 0) {
                    service.serve(pair, 0.6);
                }
                service.twin(pair);
            }
            List<SimulatedService.Served> after = serve(service, pair, 0.6, 300);
            double cost = mean(after, 'c');
            double deviation = mean(after, 'd');
            double best = bestStaticCost(pair, deviation);
            say(
                    "new pair: ADAPTIVE after %d, cost %.2f at deviation %.3f, best static %.2f, kept %.3f",
                    adaptiveFrom, cost, deviation, best, kept(after));
            assertTrue(adaptiveFrom > 0 && adaptiveFrom <= 32, "adaptive from " + adaptiveFrom);
            assertTrue(cost <= 1.05 * best, "cost " + cost + " against " + best);
            assertTrue(kept(after) >= 0.95, "kept " + kept(after));
        }
    }

    /** Guards against treating every pair alike: a SMALL that is identical to LARGE saves nearly all that it can. */
    @Test
    void identicalSmallIsUsedThroughout() {
        List<SimulatedService.Served> after = servedOnceLearned(DIGITS.times(0));
        after.forEach(served -> assertTrue(served.count('S') >= 32, served.run().letters()));
    }

    /** Guards against a budget relative to the pair's own range, by which even noise would have its share. */
    @Test
    void brokenSmallIsNeverUsed() {
        List<SimulatedService.Served> after = servedOnceLearned(DIGITS.withDivergence(sigma -> 1.2));
        after.forEach(served -> assertEquals(0, served.count('S'), served.run().letters()));
    }

    private static List<SimulatedService.Served> servedOnceLearned(SimulatedPair pair) {
        SimulatedService service = unknown(4);
        for (int i = 0; i < 32; i++) {
            service.serve(pair, 0.6);
            service.twin(pair);
        }
        assertEquals(PairState.ADAPTIVE, service.state());
        return serve(service, pair, 0.6, 50);
    }

    /** Guards against trusting a calibration that no longer holds. */
    @ParameterizedTest
    @CsvSource({"1.35, SMALL_WORTHLESS", "0.6, DRIFT"})
    void suddenDriftIsFoundAndLearnedAnew(double factor, Fallback.Cause cause) {
        SimulatedPair drifted = DIGITS.times(factor);
        SimulatedService service = calibrated(5);
        serve(service, DIGITS, 0.6, 500);
        assertEquals(PairState.ADAPTIVE, service.state());
        int found = 0;
        while (service.state() == PairState.ADAPTIVE) {
            service.serve(drifted, 0.6);
            found++;
            assertTrue(found < 40, "not found within 40 requests");
        }
        assertEquals(PairState.DRIFTED, service.state());
        SimulatedService.Served next = service.serve(drifted, 0.6);
        assertEquals(cause, next.run().fallback().orElseThrow().cause());
        assertEquals(PairState.LEARNING, service.state());
        for (int i = 0; i < 40; i++) {
            service.serve(drifted, 0.6);
            service.twin(drifted);
        }
        List<SimulatedService.Served> after = serve(service, drifted, 0.6, 300);
        double best = bestStaticCost(drifted, mean(after, 'd'));
        say(
                "drift x %.2f found after %d requests; afterwards kept %.3f, cost %.2f, best static %.2f; %s",
                factor, found, kept(after), mean(after, 'c'), best, told(service));
        assertEquals(PairState.ADAPTIVE, service.state());
        assertTrue(kept(after) >= 0.95, "kept " + kept(after));
        assertTrue(mean(after, 'c') <= 1.05 * best, "cost " + mean(after, 'c') + " against " + best);
    }

    /** Each key that governs learning, by what changing it does: requests until ADAPTIVE, or until a drift is found. */
    @ParameterizedTest
    @CsvSource({"min-samples, 4, 16", "min-support, 8, 24", "learning-probes, 0.4, 0.2"})
    void keyDecidesHowSoonANewPairIsAdaptive(String key, String sooner, String later) {
        assertTrue(untilAdaptive(key, sooner) < untilAdaptive(key, later));
    }

    @Test
    void driftEvidenceDecidesHowSoonADriftIsFound() {
        assertTrue(untilDrifted("6") < untilDrifted("20"));
    }

    private static int untilAdaptive(String key, String value) {
        SimulatedService service =
                new SimulatedService(PairEvidence.unknown("fresh", ""), Requests.watchfulWith(key, value), 3, 0);
        int requests = 0;
        while (service.state() != PairState.ADAPTIVE) {
            service.serve(DIGITS, 0.6);
            service.twin(DIGITS);
            requests++;
            assertTrue(requests < 200, "ADAPTIVE at last");
        }
        return requests;
    }

    private static int untilDrifted(String evidence) {
        SimulatedService service =
                new SimulatedService(shipped(), Requests.watchfulWith("drift-evidence", evidence), 5, 0);
        serve(service, DIGITS, 0.6, 100);
        int requests = 0;
        while (service.state() == PairState.ADAPTIVE) {
            service.serve(DIGITS.times(0.6), 0.6);
            requests++;
            assertTrue(requests < 200, "found at last");
        }
        return requests;
    }

    /** Guards against a failing SMALL that is tried again and again, or learned from. */
    @Test
    void failingProbesMeanLargeAndTeachNothing() {
        SimulatedService service = unknown(12);
        SimulatedPair failing = DIGITS.withDivergence(sigma -> Double.NaN);
        for (SimulatedService.Served served : serve(service, failing, 0.6, 40)) {
            assertTrue(served.run().letters().matches("L*PL*"), served.run().letters());
            assertEquals(
                    Fallback.Cause.SMALL_FAILED,
                    served.run().fallback().orElseThrow().cause());
        }
        assertEquals(PairState.COLD, service.state());
    }

    /** Guards against a drift test that a single strange prompt sets off. */
    @Test
    void oneOutlierPromptInTwentyIsNoDrift() {
        SimulatedService service = calibrated(6);
        Random random = new Random(7);
        List<SimulatedService.Served> usual = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            boolean outlier = i % 20 == 19;
            SimulatedPair.Prompt prompt = outlier ? DIGITS.prompt(1.6, random) : DIGITS.prompt(random);
            SimulatedService.Served served = service.serve(DIGITS, prompt, 0.6);
            if (!outlier) {
                usual.add(served);
            }
        }
        say("one outlier in 20: kept of the others %.3f, %s", kept(usual), told(service));
        assertEquals(PairState.ADAPTIVE, service.state());
        assertEquals(0, causes(service, Transition.Cause.DRIFT_OF_READINGS), told(service));
        assertTrue(kept(usual) >= 0.95);
    }

    /** Guards against promises that the world breaks: true errors 1.7 times those of the calibration, seen by audits only. */
    @Test
    void auditsTightenTheBudgetUntilThePromiseHolds() {
        SimulatedPair worse =
                new SimulatedPair(DIGITS.divergence(), sensitivity(a -> 1.7 * a), DIGITS.spread(), DIGITS.noise());
        SimulatedService unaudited = new SimulatedService(shipped(), BALANCED, 8, 0);
        double without = kept(serve(unaudited, worse, 0.6, 400));
        SimulatedService audited = new SimulatedService(shipped(), BALANCED, 8, 0.2);
        serve(audited, worse, 0.6, 400);
        double with = kept(serve(audited, worse, 0.6, 400));
        say("kept without audits %.3f, with %.3f, %s", without, with, told(audited));
        assertTrue(without < 0.8, "the failure is there: " + without);
        assertTrue(with >= 0.95, "kept " + with);
        assertTrue(causes(audited, Transition.Cause.PROMISE_TIGHTENED) > 0
                || causes(audited, Transition.Cause.DRIFT_OF_AUDITS) > 0);
    }

    /** Guards against noise being read as difficulty: noisy readings may cost compute, not promises. */
    @Test
    void noisyReadingsKeepThePromise() {
        List<SimulatedService.Served> served = serve(calibrated(9), DIGITS.withNoise(0.15), 0.6, 500);
        say("noisy readings: kept %.3f, cost %.2f", kept(served), mean(served, 'c'));
        assertTrue(kept(served) >= 0.95, "kept " + kept(served));
    }

    private static SimulatedService calibrated(long seed) {
        return new SimulatedService(shipped(), BALANCED, seed, 0.05);
    }

    private static PairEvidence shipped() {
        return PairEvidence.of(Study.reaching(1.35), "");
    }

    private static SimulatedService unknown(long seed) {
        return new SimulatedService(PairEvidence.unknown("fresh", ""), BALANCED, seed, 0.05);
    }

    private static SimulatedPair tilted(double power, double level) {
        SimulatedPair pair = DIGITS.times(level);
        return new SimulatedPair(
                pair.divergence(), sensitivity(a -> 4 * Math.pow(a / 4, power)), pair.spread(), pair.noise());
    }

    private static Calibration sensitivity(DoubleUnaryOperator change) {
        Calibration d = Requests.DIGITS;
        return new Calibration(
                d.pair(),
                d.fingerprint(),
                d.origin(),
                d.curve(),
                d.sensitivity().stream().map(change::applyAsDouble).toList(),
                d.reuseSensitivity(),
                d.response(),
                d.reuseResponse(),
                d.range(),
                d.ceiling(),
                d.reach(),
                d.tightening(),
                d.storedProfile());
    }

    private static List<SimulatedService.Served> serve(
            SimulatedService service, SimulatedPair pair, double quality, int requests) {
        List<SimulatedService.Served> served = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            served.add(service.serve(pair, quality));
        }
        return served;
    }

    private static double kept(List<SimulatedService.Served> served) {
        return served.stream().filter(SimulatedService.Served::kept).count() / (double) served.size();
    }

    private static double mean(List<SimulatedService.Served> served, char what) {
        return served.stream()
                .mapToDouble(s -> what == 'c' ? s.cost() : s.deviation())
                .average()
                .orElseThrow();
    }

    /** Cost of the cheapest LSL (mixtures of two included) whose mean deviation over prompts is the given one. */
    private static double bestStaticCost(SimulatedPair pair, double deviation) {
        Random random = new Random(11);
        List<SimulatedPair.Prompt> prompts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            prompts.add(pair.prompt(random));
        }
        double best = 40;
        for (int late = 0; late <= 12; late++) {
            double lastCost = 40;
            double lastDeviation = 0;
            for (int early = 40 - late; early >= 0; early--) {
                String letters = "L".repeat(early) + "S".repeat(40 - early - late) + "L".repeat(late);
                double mean = prompts.stream()
                        .mapToDouble(prompt -> prompt.deviation(letters, SimulatedService.SIGMAS))
                        .average()
                        .orElseThrow();
                double cost = SimulatedService.cost(letters);
                if (mean >= deviation && lastDeviation <= deviation && mean > lastDeviation) {
                    double share = (deviation - lastDeviation) / (mean - lastDeviation);
                    best = Math.min(best, lastCost + share * (cost - lastCost));
                }
                lastCost = cost;
                lastDeviation = mean;
            }
        }
        return best;
    }

    private static long causes(SimulatedService service, Transition.Cause cause) {
        return service.knowledge().history().stream()
                .filter(transition -> transition.cause() == cause)
                .count();
    }

    private static String told(SimulatedService service) {
        return service.knowledge().history().stream()
                .map(t -> String.format(
                        Locale.ROOT, "%s at %d (%.2f of %.2f)", t.cause(), t.at(), t.statistic(), t.limit()))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
