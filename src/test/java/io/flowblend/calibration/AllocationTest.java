package io.flowblend.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AllocationTest {
    private static final double NEVER = Double.POSITIVE_INFINITY;

    /** Errors given as numbers; carrying on errs by {@code change} for each step since a model ran. */
    private record Table(double[] smalls, double change, double smallCost, int mostReused) implements Allocation.Steps {
        @Override
        public int count() {
            return smalls.length;
        }

        @Override
        public double small(int step) {
            return smalls[step];
        }

        @Override
        public double reused(int step, int lag, boolean afterSmall) {
            return lag * change + (afterSmall ? smalls[step] : 0);
        }
    }

    private static Table smalls(double... errors) {
        return new Table(errors, 0, 0.2, 0);
    }

    private static String letters(Allocation allocation, int steps) {
        StringBuilder letters = new StringBuilder();
        for (int step = 0; step < steps; step++) {
            letters.append(allocation.source(step).name().charAt(0));
        }
        return letters.toString();
    }

    @Test
    void leastErrorPerSavedCostGoesFirst() {
        Allocation allocation = Allocation.within(smalls(0.5, 0.1, NEVER), 0.3, NEVER);
        assertEquals("LSL", letters(allocation, 3));
        assertEquals(0.1, allocation.error(), 1e-12);
        assertEquals(2.2, allocation.cost(), 1e-12);
        assertEquals((0.1 / 0.8 + 0.5 / 0.8) / 2, allocation.price(), 1e-3, "half way to the step that did not fit");
    }

    @Test
    void carriesOnWhereThatIsTheBetterBargain() {
        Table steps = new Table(new double[] {0.4, 0.4, 0.4, 0.4}, 0.02, 0.2, 2);
        Allocation twice = Allocation.within(steps, 0.05, NEVER);
        assertEquals(2, twice.cost(), 1e-12);
        assertEquals(0.04, twice.error(), 1e-12, "twice for one step, never for two in a row, which is dearer");
    }

    @Test
    void neverCarriesOnForLongerThanAllowed() {
        Table steps = new Table(new double[] {9, 9, 9, 9, 9, 9, 9}, 1e-6, 0.2, 3);
        assertEquals("RRRLRRR", letters(Allocation.within(steps, 1, NEVER), 7));
    }

    @Test
    void carryingOnAfterSmallErrsAsSmallDoesToo() {
        Table steps = new Table(new double[] {0.1, 9, 0.1}, 0.01, 0.2, 1);
        Allocation all = Allocation.within(steps, 100, NEVER);
        assertEquals("RSR", letters(all, 3));
        assertEquals(0.01 + 9 + 0.01 + 0.1, all.error(), 1e-12);
    }

    @Test
    void noBudgetAllowsNotEvenAFreeMove() {
        assertEquals("L", letters(Allocation.within(smalls(0), 0, NEVER), 1));
    }

    @Test
    void aPriceOfTheTypicalRequestIsNeverExceeded() {
        assertEquals("LS", letters(Allocation.within(smalls(0.5, 0.1), 100, 0.3), 2));
    }

    @Property(tries = 300)
    void staysWithinBudgetAndGrowsWithIt(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 24) int count,
            @ForAll @IntRange(min = 0, max = 4) int mostReused,
            @ForAll @DoubleRange(min = 0, max = 5) double a,
            @ForAll @DoubleRange(min = 0, max = 5) double b) {
        Table steps = table(seed, count, mostReused);
        Allocation tight = Allocation.within(steps, Math.min(a, b), NEVER);
        Allocation wide = Allocation.within(steps, Math.max(a, b), NEVER);
        assertTrue(tight.error() <= Math.min(a, b) + 1e-9);
        assertTrue(wide.cost() <= tight.cost() + 1e-9);
        assertTrue(wide.price() >= tight.price() * (1 - 1e-6), wide.price() + " and " + tight.price());
    }

    /** Every choice of up to 8 steps tried out: none with less error at the same cost. */
    @Property(tries = 100)
    void noOtherChoiceOfTheSameCostErrsLess(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 7) int count,
            @ForAll @DoubleRange(min = 0.01, max = 2) double price) {
        Table steps = table(seed, count, 2);
        Allocation chosen = Allocation.at(steps, price);
        double least = everyChoice(steps, price);
        assertEquals(least, chosen.cost() + chosen.error() / price, 1e-9);
    }

    private static double everyChoice(Table steps, double price) {
        List<double[]> open = new ArrayList<>(List.of(new double[] {0, 1, 0, 0}));
        for (int step = 0; step < steps.count(); step++) {
            List<double[]> next = new ArrayList<>();
            for (double[] at : open) {
                int lag = (int) at[1];
                boolean small = at[2] == 1;
                next.add(new double[] {at[0] + 1, 1, 0, 0});
                next.add(new double[] {at[0] + steps.smallCost() + steps.small(step) / price, 1, 1, 0});
                if (lag <= steps.mostReused()) {
                    next.add(new double[] {at[0] + steps.reused(step, lag, small) / price, lag + 1, at[2], 0});
                }
            }
            open = next;
        }
        return open.stream().mapToDouble(at -> at[0]).min().orElseThrow();
    }

    private static Table table(long seed, int count, int mostReused) {
        Random random = new Random(seed);
        double[] errors = new double[count];
        Arrays.setAll(errors, i -> random.nextDouble());
        return new Table(errors, 0.3 * random.nextDouble(), 0.05 + 0.9 * random.nextDouble(), mostReused);
    }
}
