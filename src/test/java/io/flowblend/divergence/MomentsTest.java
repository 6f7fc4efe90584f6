package io.flowblend.divergence;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MomentsTest {
    @Property(tries = 300)
    void mergingEqualsHavingSeenAll(
            @ForAll @Size(min = 1, max = 60) List<@DoubleRange(min = 0, max = 10) Double> values,
            @ForAll @IntRange(max = 60) int cut) {
        int at = Math.min(cut, values.size());
        Moments merged = of(values.subList(0, at)).merge(of(values.subList(at, values.size())));
        Moments all = of(values);
        assertEquals(all.count(), merged.count());
        assertEquals(all.mean(), merged.mean(), 1e-9);
        assertEquals(all.variance(), merged.variance(), 1e-9);
    }

    @Property(tries = 100)
    void varianceSurvivesALargeOffset(
            @ForAll @Size(min = 2, max = 40) List<@DoubleRange(min = 0, max = 1) Double> values) {
        List<Double> shifted = values.stream().map(value -> value + 1e6).toList();
        assertEquals(of(values).variance(), of(shifted).variance(), 1e-6);
    }

    @Test
    void storedSummaryContinuesWhereItStopped() {
        Moments seen = of(List.of(1.0, 2.0, 4.0));
        Moments stored = Moments.of(seen.count(), seen.mean(), seen.variance());
        assertEquals(seen.plus(7).variance(), stored.plus(7).variance(), 1e-12);
    }

    @Property(tries = 200)
    void binsPartitionTheNoiseLevels(
            @ForAll @DoubleRange(min = 0, max = 1) double a, @ForAll @DoubleRange(min = 0, max = 1) double b) {
        double sigma = Math.max(a, b);
        double next = Math.min(a, b);
        double covered = 0;
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            covered += SigmaBins.share(bin, sigma, next);
        }
        assertEquals(SigmaBins.position(sigma) - SigmaBins.position(next), covered, 1e-9);
        int bin = SigmaBins.indexOf(sigma);
        assertEquals(bin, SigmaBins.indexOf((SigmaBins.edge(bin) + SigmaBins.edge(bin + 1)) / 2));
    }

    private static Moments of(List<Double> values) {
        Moments moments = Moments.NONE;
        for (double value : values) {
            moments = moments.plus(value);
        }
        return moments;
    }
}
