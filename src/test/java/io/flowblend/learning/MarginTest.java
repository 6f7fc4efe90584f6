package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MarginTest {
    private static final List<Double> QUALITIES = List.of(0.3, 0.8);

    /** Trials whose deviations are these times the budget of 0.2. */
    private static Margin margin(double... ratios) {
        return new Margin(
                IntStream.range(0, ratios.length)
                        .mapToObj(i -> trial(i, new Trial.Tried(0.3, 0.2, 0.2 * ratios[i], 0.6)))
                        .toList(),
                QUALITIES);
    }

    private static Trial trial(int lesson, Trial.Tried... tried) {
        return new Trial(lesson, 0.5, 1.5, List.of(tried));
    }

    @Test
    void isTheLargestRatioOfFewTrials() {
        assertEquals(1.25, margin(0.5, 1.25, 0.75).value(), 1e-12);
    }

    @Test
    void leavesOutTheWorstFewOfMany() {
        double[] ratios =
                IntStream.rangeClosed(1, 100).mapToDouble(i -> 1 + i / 100.0).toArray();
        assertEquals(1.96, margin(ratios).value(), 1e-12);
    }

    @Test
    void staysWithinItsBounds() {
        assertEquals(1, margin(0.1, 0.2).value());
        assertEquals(10, margin(50, 60).value());
    }

    @Test
    void isThatOfAnUnknownPairWhereNothingWasTried() {
        assertEquals(1.5, new Margin(List.of(), QUALITIES).value());
        assertEquals(1.5, new Margin(List.of(trial(3)), QUALITIES).value());
    }

    @Test
    void judgesEachRequestByTheMarginOfTheOthers() {
        List<CalibrationReport.Promise> promises = margin(0.5, 1.25, 0.75).promises();
        CalibrationReport.Promise tried = promises.get(0);
        assertEquals(3, tried.requests());
        assertEquals(2.0 / 3, tried.kept(), 1e-12, "1.25 is above the margin 1 of the others");
        assertEquals(0.6, tried.meanCost(), 1e-12);
        assertEquals(0.2, tried.budget(), 1e-12);
        assertEquals(0.2 * 2.5 / 3, tried.meanActual(), 1e-12);
        assertEquals(0, promises.get(1).requests());
        assertEquals(Double.NaN, promises.get(1).kept());
    }

    @Test
    void keepsOneRequestsQualitiesTogether() {
        List<Trial> trials = new ArrayList<>();
        trials.add(trial(0, new Trial.Tried(0.3, 0.2, 0.4, 0.5), new Trial.Tried(0.8, 0.1, 0.2, 0.9)));
        trials.add(trial(1, new Trial.Tried(0.3, 0.2, 0.1, 0.5), new Trial.Tried(0.8, 0.1, 0.05, 0.9)));
        Margin margin = new Margin(trials, QUALITIES);
        assertEquals(2, margin.value());
        margin.promises().forEach(promise -> assertEquals(0.5, promise.kept()));
    }
}
