package io.flowblend.calibration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Allocation.Source;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class AllocationTest {
    private static final Source LARGE = new Source(1, 0);

    @Test
    void leastErrorPerSavedCostGoesFirst() {
        List<List<Source>> steps =
                List.of(List.of(LARGE, new Source(0.2, 0.5)), List.of(LARGE, new Source(0.2, 0.1)), List.of(LARGE));
        Allocation allocation = Allocation.within(steps, 0.3);
        assertEquals(List.of(0, 1, 0), chosen(allocation, 3));
        assertEquals(0.1, allocation.error(), 1e-12);
        assertEquals(2.2, allocation.cost(), 1e-12);
        assertTrue(allocation.price() > 0.1 / 0.8 && allocation.price() < 0.5 / 0.8);
    }

    @Test
    void thirdSourceIsTakenWhereItIsTheBetterBargain() {
        Source reused = new Source(0, 0.02);
        Source small = new Source(0.2, 0.4);
        assertEquals(List.of(2), chosen(Allocation.within(List.of(List.of(LARGE, small, reused)), 0.1), 1));
    }

    @Test
    void dominatedSourceIsPassedOver() {
        Source dear = new Source(0.5, 0.9);
        Source cheap = new Source(0.1, 1.0);
        assertEquals(List.of(2), chosen(Allocation.within(List.of(List.of(LARGE, dear, cheap)), 2), 1));
        assertEquals(List.of(0), chosen(Allocation.within(List.of(List.of(LARGE, dear, cheap)), 0.95), 1));
    }

    @Test
    void noBudgetAllowsNotEvenAFreeMove() {
        assertEquals(List.of(0), chosen(Allocation.within(List.of(List.of(LARGE, new Source(0.2, 0))), 0), 1));
    }

    @Property(tries = 300)
    void staysWithinBudgetAndGrowsWithIt(
            @ForAll("runs") List<List<Source>> steps,
            @ForAll @DoubleRange(min = 0, max = 5) double a,
            @ForAll @DoubleRange(min = 0, max = 5) double b) {
        Allocation tight = Allocation.within(steps, Math.min(a, b));
        Allocation wide = Allocation.within(steps, Math.max(a, b));
        assertTrue(tight.error() <= Math.min(a, b) + 1e-9);
        assertTrue(wide.cost() <= tight.cost() + 1e-9);
        assertTrue(wide.price() >= tight.price() - 1e-12);
    }

    @Provide
    Arbitrary<List<List<Source>>> runs() {
        Arbitrary<Source> cheaper = Combinators.combine(
                        Arbitraries.doubles().between(0, 0.99),
                        Arbitraries.doubles().between(0, 1))
                .as(Source::new);
        return cheaper.list()
                .ofMaxSize(3)
                .map(sources -> {
                    List<Source> step = new ArrayList<>(List.of(LARGE));
                    step.addAll(sources);
                    return List.copyOf(step);
                })
                .list()
                .ofMinSize(1)
                .ofMaxSize(20);
    }

    private static List<Integer> chosen(Allocation allocation, int steps) {
        List<Integer> chosen = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            chosen.add(allocation.source(step));
        }
        return chosen;
    }
}
