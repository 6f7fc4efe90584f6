package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.experiment.Statistics.Kept;
import io.flowblend.experiment.Statistics.Mean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void aMeanHasStudentsInterval() {
        // t(0.975, 4) = 2.7764, standard deviation sqrt(2.5), five values.
        Mean mean = Mean.of(1, 2, 3, 4, 5);
        assertEquals(3, mean.mean(), 1e-12);
        assertEquals(2.7764 * Math.sqrt(2.5 / 5), mean.half(), 1e-3);
    }

    @Test
    void oneValueHasNoIntervalAndNoValueIsNaN() {
        assertEquals(new Mean(7, 0), Mean.of(7));
        assertTrue(Double.isNaN(Mean.of().mean()));
    }

    @Test
    void aShareThatWasAlwaysSeenHasTheKnownLowerBound() {
        // All of n: 0.05^(1/n). With 59 of 59 the bound passes 95 %.
        assertEquals(Math.pow(0.05, 1.0 / 59), Statistics.atLeast(59, 59), 1e-9);
        assertTrue(Statistics.atLeast(59, 59) > 0.95);
        assertTrue(Statistics.atLeast(58, 58) < 0.95);
        assertEquals(0, Statistics.atLeast(0, 10));
    }

    @Test
    void aPromiseIsJudgedByShareBoundAndSharpness() {
        List<Double> ratios = new ArrayList<>(Collections.nCopies(90, 0.8));
        ratios.addAll(Collections.nCopies(10, 1.5));
        Kept kept = Kept.of(ratios);
        assertEquals(100, kept.promised());
        assertEquals(0.9, kept.kept(), 1e-12);
        assertTrue(kept.atLeast() > 0.83 && kept.atLeast() < 0.9, kept.toString());
        assertEquals(1.5, kept.sharpness(), 1e-12);
    }

    @Test
    void reachingThePromiseExactlyKeepsIt() {
        assertEquals(1, Kept.of(List.of(1.0, 0.5)).kept());
    }

    @Test
    void takesTheMiddle95PercentOfWhatWasDrawn() {
        double[] drawn = java.util.stream.IntStream.rangeClosed(0, 1000)
                .mapToDouble(i -> i)
                .toArray();
        Statistics.Interval found = Statistics.Interval.of(500, drawn);
        assertEquals(25, found.low(), 1);
        assertEquals(975, found.high(), 1);
    }
}
