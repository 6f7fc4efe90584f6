package io.flowblend.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.control.Step;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SolverTest {
    private static final double S = 0.4;
    private static final List<Solver> ALL = List.of(
            new EulerSolver(), new UniPcSolver(1), new UniPcSolver(2), new UniPcSolver(3), new DpmPlusPlusSolver());

    private final TensorScope scope = TensorScope.open();

    @AfterEach
    void free() {
        scope.close();
    }

    @Test
    void halvingTheStepCutsEulersErrorByTwo() {
        assertErrorFalls(new EulerSolver(), 2);
    }

    @Test
    void halvingTheStepCutsDpmPlusPlusErrorByFour() {
        assertErrorFalls(new DpmPlusPlusSolver(), 4);
        assertErrorFalls(new DpmPlusPlusSolver(2, true, Optional.empty()), 4);
    }

    /** The corrector lifts order 1 to 2 and order 2 to 3. */
    @Test
    void halvingTheStepCutsUniPcErrorByTwoToTheOrderPlusOne() {
        assertErrorFalls(new UniPcSolver(1), 4);
        assertErrorFalls(new UniPcSolver(2), 8);
    }

    /** The first step, where nothing is known yet, has a local error of order 3, and so limits the whole. */
    @Test
    void halvingTheStepCutsUniPc3ErrorByEight() {
        assertErrorFalls(new UniPcSolver(3), 8);
    }

    private static void assertErrorFalls(Solver solver, double expected) {
        double coarse = error(solver, 2, 160);
        double fine = error(solver, 2, 320);
        assertEquals(expected, coarse / fine, 0.1 * expected, () -> solver + ": " + coarse + " -> " + fine);
    }

    @Test
    void higherOrdersAreCloserToTheFlow() {
        double euler = error(new EulerSolver(), 1, 40);
        double first = error(new UniPcSolver(1), 1, 40);
        double second = error(new UniPcSolver(2), 1, 40);
        double third = error(new UniPcSolver(3), 1, 40);
        assertTrue(third < second && second < first && first < euler, first + " " + second + " " + third);
    }

    /** Relative error after {@code steps} even steps inside the flow of normal data, in double precision. */
    private static double error(Solver solver, double s, int steps) {
        try (TensorScope scope = TensorScope.open()) {
            double from = 0.9;
            double to = 0.3;
            Tensor start = SeededNoise.tensor(5, 3, 4).to(ScalarType.Double);
            SolverState state = SolverState.fresh(start);
            double sigma = from;
            for (int k = 0; k < steps; k++) {
                double next = from + (to - from) * (k + 1) / steps;
                Tensor velocity = ClosedForm.normalData(s, state.x(), sigma);
                state = solver.step(state, velocity, new Step(k, steps + 3, sigma, next));
                sigma = next;
            }
            double exact = ClosedForm.normalDataFlow(s, from, to);
            return Math.abs(state.x().div(start).mean().item_double() / exact - 1);
        }
    }

    @Test
    void straightFlowsAreFollowedExactly() {
        Tensor noise = SeededNoise.tensor(1, 2, 3).to(ScalarType.Double);
        Tensor data = SeededNoise.tensor(2, 2, 3).to(ScalarType.Double);
        Tensor velocity = noise.sub(data);
        for (Solver solver : ALL) {
            SolverState state = SolverState.fresh(noise);
            SigmaSchedule schedule = SigmaSchedule.of(1, 0.9, 0.6, 0.55, 0.2, 0);
            for (int k = 0; k < schedule.steps(); k++) {
                state = solver.step(state, velocity, schedule.step(k));
            }
            assertEquals(0, TensorData.relativeL2(state.x(), data), 1e-5, solver::toString);
        }
    }

    @Test
    void lastStepGivesThePredictedData() {
        for (Solver solver : ALL.subList(1, ALL.size())) {
            SolverState state = SolverState.fresh(SeededNoise.tensor(1, 2, 3));
            SigmaSchedule schedule = solver.schedule(6, 3);
            for (int k = 0; k < schedule.steps(); k++) {
                state = solver.step(state, ClosedForm.normalData(S, state.x(), schedule.sigma(k)), schedule.step(k));
            }
            assertEquals(0, TensorData.relativeL2(state.x(), state.past().get(0).data()), 1e-7, solver::toString);
        }
    }

    @Test
    void remembersNoMoreThanItsOrder() {
        for (Solver solver : ALL) {
            SolverState state = SolverState.fresh(SeededNoise.tensor(1, 2, 3));
            SigmaSchedule schedule = solver.schedule(8, 3);
            for (int k = 0; k < schedule.steps(); k++) {
                state = solver.step(state, ClosedForm.normalData(S, state.x(), schedule.sigma(k)), schedule.step(k));
                int most = solver instanceof UniPcSolver uniPc ? uniPc.order() : 2;
                assertTrue(state.past().size() <= most, solver::toString);
            }
        }
    }

    @Test
    void aStateIsNotChangedByTheStepThatFollows() {
        for (Solver solver : ALL) {
            SigmaSchedule schedule = solver.schedule(6, 3);
            SolverState state = SolverState.fresh(SeededNoise.tensor(1, 2, 3));
            for (int k = 0; k < 3; k++) {
                state = solver.step(state, ClosedForm.normalData(S, state.x(), schedule.sigma(k)), schedule.step(k));
            }
            Tensor velocity = ClosedForm.normalData(S, state.x(), schedule.sigma(3));
            Tensor once = solver.step(state, velocity, schedule.step(3)).x();
            Tensor again = solver.step(state, velocity, schedule.step(3)).x();
            assertTrue(torch.equal(once, again), solver::toString);
        }
    }

    @Test
    void aScheduleThatBeginsAtOneStaysFinite() {
        SigmaSchedule schedule = SigmaSchedule.of(1, 0.9, 0.8, 0.6, 0.4, 0.2, 0);
        for (Solver solver : ALL) {
            SolverState state = SolverState.fresh(SeededNoise.tensor(1, 2, 3));
            for (int k = 0; k < schedule.steps(); k++) {
                state = solver.step(state, ClosedForm.normalData(S, state.x(), schedule.sigma(k)), schedule.step(k));
            }
            assertTrue(Double.isFinite(state.x().sum().item_double()), solver::toString);
        }
    }

    @Test
    void solversAreFoundByName() {
        assertEquals(new EulerSolver(), Solver.of("euler", 1));
        assertEquals(new UniPcSolver(3), Solver.of("unipc", 3));
        assertEquals(new DpmPlusPlusSolver(), Solver.of("dpm++", 2));
        assertThrows(IllegalArgumentException.class, () -> Solver.of("rk4", 2));
        assertThrows(IllegalArgumentException.class, () -> Solver.of("unipc", 4));
        assertThrows(IllegalArgumentException.class, () -> Solver.of("unipc", 0));
    }
}
