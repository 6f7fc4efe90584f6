package io.flowblend.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.evidence.CellEvidence.Gain;
import io.flowblend.evidence.CellEvidence.Products;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class CellEvidenceTest {
    private static final int VALUES = 400;

    /** The products of random vectors, with {@code w = gain (a + share s) + noise}. */
    private static Products products(Random random, double gain, double share, double noise) {
        double[] sums = new double[6];
        for (int i = 0; i < VALUES; i++) {
            double a = random.nextGaussian();
            double s = 0.5 * random.nextGaussian() + 0.3 * a;
            double w = gain * (a + share * s) + noise * random.nextGaussian();
            double[] terms = {w * w, w * a, w * s, a * a, a * s, s * s};
            for (int j = 0; j < terms.length; j++) {
                sums[j] += terms[j] / VALUES;
            }
        }
        return new Products(sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]);
    }

    @Test
    void gainAndSlopeShareAreThoseThatMadeTheReadings() {
        Gain best = products(new Random(1), 0.8, 0.4, 0.01).best();
        assertEquals(0.8, best.gain(), 0.005);
        assertEquals(0.4, best.slopeShare(), 0.005);
    }

    @Test
    void anchorThatPointsTheOtherWayGetsNoGain() {
        assertEquals(0, products(new Random(2), -0.5, 0, 0.1).best().gain());
    }

    @Test
    void slopeThatIsNotThereGetsNoShare() {
        Gain best = new Products(1, 0.9, 0, 1, 0, 0).best();
        assertEquals(0.9, best.gain(), 1e-12);
        assertEquals(0, best.slopeShare());
    }

    @Property(tries = 1000)
    void noGainAndShareInRangeAreBetterThanTheBest(@ForAll @LongRange(min = 0, max = 1_000_000) long seed) {
        Random random = new Random(seed);
        Products products =
                products(random, 3 * random.nextDouble() - 1, 4 * random.nextDouble() - 2, random.nextDouble());
        Gain best = products.best();
        double least = products.square(best);
        for (int i = 0; i <= 30; i++) {
            for (int j = 0; j <= 20; j++) {
                Gain other = new Gain(i / 20.0, j / 20.0);
                assertTrue(products.square(other) >= least - 1e-9, () -> other + " beats " + best);
            }
        }
    }

    @Property(tries = 60)
    void whatTwoWorkersReadIsWhatOneWouldHaveReadWhereNothingFades(
            @ForAll @LongRange(min = 0, max = 1_000_000) long seed,
            @ForAll @IntRange(min = 0, max = 6) int first,
            @ForAll @IntRange(min = 0, max = 6) int second) {
        Random random = new Random(seed);
        CellEvidence one = CellEvidence.NONE;
        List<CellEvidence> two = new ArrayList<>(List.of(CellEvidence.NONE, CellEvidence.NONE));
        for (int i = 0; i < first + second; i++) {
            Products products = products(random, 0.7, 0.2, 0.3);
            double residual = random.nextDouble();
            int worker = i < first ? 0 : 1;
            one = one.plus(products, residual, 1);
            two.set(worker, two.get(worker).plus(products, residual, 1));
        }
        CellEvidence merged = two.get(0).merge(two.get(1));
        assertEquals(one.count(), merged.count());
        assertEquals(one.mean().wa(), merged.mean().wa(), 1e-12);
        assertEquals(one.mean().ss(), merged.mean().ss(), 1e-12);
        assertEquals(one.residual().mean(), merged.residual().mean(), 1e-12);
        assertEquals(one.residual().m2(), merged.residual().m2(), 1e-9);
    }

    @Test
    void olderReadingsCountLess() {
        CellEvidence cell = CellEvidence.NONE;
        for (int i = 0; i < 60; i++) {
            double size = i < 30 ? 0.64 : 0.16;
            cell = cell.plus(new Products(size, 0, 0, 0, 0, 0), Math.sqrt(size), Math.pow(0.5, 1 / 5.0));
        }
        assertEquals(60, cell.count());
        assertEquals(0.16, cell.mean().ww(), 0.01);
        assertEquals(0.4, cell.residual().mean(), 0.01);
    }

    @Test
    void requestThatReadsACellSeveralTimesCountsOnceWithItsMean() {
        List<AnchorReading> readings = List.of(
                AnchorReading.plain(Source.SMALL, 0.51, 0.04),
                AnchorReading.plain(Source.SMALL, 0.52, 0.16),
                AnchorReading.plain(Source.SMALL, 0.53, 0.04));
        SourceEvidence evidence = SourceEvidence.NONE.learned(Source.SMALL, readings, LearningRules.DEFAULT, false);
        CellEvidence cell = evidence.cell(4, AnchorDistance.NONE);
        assertEquals(1, cell.count());
        assertEquals(0.08, cell.mean().ww(), 1e-12);
        assertEquals(0.8 / 3, cell.residual().mean(), 1e-12);
    }
}
