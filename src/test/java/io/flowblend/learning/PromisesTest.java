package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.flowblend.calibration.Reach;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PromisesTest {
    private static final int STEPS = 40;
    private static final List<Double> QUALITIES = List.of(0.3, 0.8);

    /** Trials whose deviations are these times the budget of 0.2. */
    private static Promises promises(double... ratios) {
        return new Promises(
                IntStream.range(0, ratios.length)
                        .mapToObj(i -> trial(i, new Trial.Tried(0.3, 0.2, 0.2 * ratios[i], 0.6)))
                        .toList(),
                QUALITIES);
    }

    private static Trial trial(int lesson, Trial.Tried... tried) {
        return new Trial(lesson, STEPS, 0.5, 1.5, List.of(tried));
    }

    private static Reach reach(double budget, double deviation) {
        return new Reach(List.of(new Reach.Point(STEPS, budget, deviation)));
    }

    @Test
    void fewTrialsReachTwiceAsFarAsTheWorstOfThem() {
        assertEquals(reach(0.2, 0.5), promises(0.5, 1.25, 0.75).reach(), "twice the worst, for other kinds");
    }

    @Test
    void leavesOutTheWorstFewOfMany() {
        double[] ratios =
                IntStream.rangeClosed(1, 100).mapToDouble(i -> 1 + i / 100.0).toArray();
        assertEquals(2 * 0.2 * 1.96, promises(ratios).reach().of(0.2, STEPS), 1e-12);
    }

    @Test
    void neverSaysThatABudgetReachesLessThanHalfOfIt() {
        assertEquals(reach(0.2, 0.1), promises(0.1, 0.12).reach());
    }

    @Test
    void largerBudgetNeverReachesLessFarThanASmallerOne() {
        Promises odd = new Promises(
                List.of(trial(0, new Trial.Tried(0.3, 0.7, 0.4, 0.5), new Trial.Tried(0.8, 0.2, 0.5, 0.9))), QUALITIES);
        assertEquals(
                List.of(new Reach.Point(STEPS, 0.2, 1), new Reach.Point(STEPS, 0.7, 1)),
                odd.reach().points());
        assertEquals(0.7, odd.reach().budgetFor(1, STEPS), 1e-12);
    }

    @Test
    void isThatOfAnUnknownPairWhereNothingWasTried() {
        assertEquals(Reach.times(1.5), new Promises(List.of(), QUALITIES).reach());
        assertEquals(Reach.times(1.5), new Promises(List.of(trial(3)), QUALITIES).reach());
    }

    @Test
    void judgesEachRequestByWhatTheOthersReach() {
        List<CalibrationReport.Promise> promises = promises(0.5, 1.25, 0.75).kept();
        CalibrationReport.Promise tried = promises.get(0);
        assertEquals(3, tried.requests());
        assertEquals(1, tried.kept(), 1e-12);
        assertEquals(0.6, tried.meanCost(), 1e-12);
        assertEquals(0.2, tried.budget(), 1e-12);
        assertEquals(0.2 * 2.5 / 3, tried.meanActual(), 1e-12);
        assertEquals(0, promises.get(1).requests());
        assertEquals(Double.NaN, promises.get(1).kept());
    }

    @Test
    void leavesAllOfOneRequestOutTogether() {
        List<Trial> trials = new ArrayList<>();
        trials.add(trial(0, new Trial.Tried(0.3, 0.2, 0.5, 0.5), new Trial.Tried(0.8, 0.1, 0.3, 0.9)));
        trials.add(trial(1, new Trial.Tried(0.3, 0.2, 0.1, 0.5), new Trial.Tried(0.8, 0.1, 0.05, 0.9)));
        new Promises(trials, QUALITIES).kept().forEach(promise -> assertEquals(0.5, promise.kept()));
    }

    @Test
    void keepsStepCountsApart() {
        Trial few = new Trial(0, 20, 0.5, 1.5, List.of(new Trial.Tried(0.3, 0.2, 0.4, 0.6)));
        Promises both = new Promises(List.of(few, trial(0, new Trial.Tried(0.3, 0.2, 0.1, 0.5))), QUALITIES);
        assertEquals(0.8, both.reach().of(0.2, 20), 1e-12);
        assertEquals(0.2, both.reach().of(0.2, 40), 1e-12);
        assertEquals(
                List.of(20, 20, 40, 40),
                both.kept().stream().map(CalibrationReport.Promise::steps).toList());
    }
}
