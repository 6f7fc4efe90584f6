package io.flowblend.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Reach;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class CoverageTest {
    private static final Conditions CONDITIONS = new Conditions(4, 40, "unipc", 4096, 17, false);

    @Test
    void fewAuditsChangeNothing() {
        assertEquals(1, Coverage.of(audits(19, 2), Reach.times(1.35)).tightening());
        assertEquals(2 / 1.35, Coverage.of(audits(20, 2), Reach.times(1.35)).tightening(), 1e-9);
    }

    @Test
    void promisesThatHoldAreNotTightened() {
        Coverage coverage = Coverage.of(audits(50, 1.2), Reach.times(1.35));
        assertEquals(new Coverage(50, 50, 1), coverage);
        assertEquals(1, coverage.share());
    }

    /** With the budget divided by it, 95 % of such requests keep the promise. */
    @Property(tries = 50)
    void tighteningIsWhatItTakes(@ForAll @DoubleRange(min = 0.5, max = 4) double level) {
        Random random = new Random(1);
        List<Audit> audits = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            audits.add(audit(level * Math.exp(0.15 * random.nextGaussian())));
        }
        double tightening = Coverage.of(audits, Reach.times(1.35)).tightening();
        long kept = audits.stream()
                .filter(audit -> audit.actual() / tightening <= audit.promised() + 1e-9)
                .count();
        assertTrue(kept >= 95 || tightening == 4, kept + " kept at " + tightening);
    }

    @Test
    void driftTestIsQuietWhileNothingChangesAndQuickWhenSomethingDoes() {
        Random random = new Random(5);
        DriftDetector test = DriftDetector.NONE;
        double most = 0;
        for (int i = 0; i < 10_000; i++) {
            test = test.plus(random.nextGaussian());
            most = Math.max(most, test.statistic());
        }
        assertTrue(most < 12, "false alarm at " + most);
        DriftDetector outlier = DriftDetector.NONE.plus(100);
        assertEquals(2.5, outlier.statistic());
        int found = 0;
        while (test.statistic() <= 12) {
            test = test.plus(2 + random.nextGaussian());
            found++;
        }
        assertTrue(found <= 12, "found after " + found);
    }

    private static List<Audit> audits(int count, double ratio) {
        List<Audit> audits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            audits.add(audit(ratio));
        }
        return audits;
    }

    private static Audit audit(double ratio) {
        return new Audit(CONDITIONS, 1.35 * 0.4, 0.4, 0.4 * ratio, 0);
    }
}
