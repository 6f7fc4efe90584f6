package io.flowblend.control.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.QualityScale;
import io.flowblend.control.ControlLimits;
import io.flowblend.control.Decision;
import io.flowblend.control.MoveCosts;
import io.flowblend.control.Policies;
import io.flowblend.control.PolicyInvariants;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.RequestControl;
import java.util.List;
import org.apache.commons.math3.distribution.BetaDistribution;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The policy on simulated pairs. Each test names the failure that it guards against. */
class SimulatedPairGateTest {
    private static final double[] SIGMAS = VectorRun.sigmas(40);
    private static final ControlLimits LIMITS =
            new ControlLimits(0.05, 0, 0.1, 0.3, ControlLimits.NO_CEILING, 1.1, 0.5, 0.95, 0.4, false, false);
    private static final MoveCosts COSTS = new MoveCosts(0.15, 1);

    private static SimulatedPair pair;
    private static MinimalFit fit;
    private static Calibration calibration;

    @BeforeAll
    static void calibrate() {
        pair = new SimulatedPair(Scenario.U_SHAPE, 1);
        fit = new MinimalFit(pair, SIGMAS, LIMITS, COSTS);
        calibration = fit.fitted(11);
    }

    private static VectorRun.Finished run(SimulatedPair served, SimulatedPair.Prompt prompt, double quality, int turn) {
        RequestControl control = new Policies().create(fit.request(calibration, quality, turn));
        return VectorRun.run(served, prompt, SIGMAS, control);
    }

    /** Guards against promises that are the prediction itself, which deviations exceed several times. */
    @Test
    void keepsThePromiseForNineInTen() {
        int kept = 0;
        int count = 0;
        SimulatedPair.Prompts prompts = pair.prompts(99);
        for (double quality : new double[] {0.35, 0.5, 0.65}) {
            for (int i = 0; i < 100; i++) {
                SimulatedPair.Prompt prompt = prompts.next();
                VectorRun.Finished run = run(pair, prompt, quality, i);
                double deviation = run.deviation(VectorRun.reference(pair, prompt, SIGMAS));
                kept += deviation <= QualityScale.deviation(quality) ? 1 : 0;
                count++;
                PolicyInvariants.check(
                        fit.request(calibration, quality, i),
                        run.readings().stream().map(Reading::decision).toList());
            }
        }
        double lower = new BetaDistribution(kept, count - kept + 1.0).inverseCumulativeProbability(0.05);
        assertTrue(lower > 0.9, kept + " of " + count + ", lower bound " + lower);
    }

    /** Guards against a policy that never runs SMALL though it is good mid-run. */
    @Test
    void spreadBetweenPromptsLocksSmallOutOfNoPair() {
        int lockedOut = 0;
        for (int i = 0; i < 100; i++) {
            double spread = 0.2 + 0.003 * i;
            SimulatedPair other = new SimulatedPair(Scenario.U_SHAPE.withSpread(spread), 100 + i);
            SimulatedPair.Prompts prompts = other.prompts(i);
            boolean ran = false;
            for (int request = 0; request < 3; request++) {
                String letters =
                        run(other, prompts.next(), 0.5, request).schedule().letters();
                ran |= letters.contains("S") && letters.contains("P");
            }
            lockedOut += ran ? 0 : 1;
        }
        assertEquals(0, lockedOut);
    }

    /** Guards against a run that goes on with a broken SMALL: from the failure on, LARGE makes every step. */
    @Test
    void largeEndsARunWhoseSmallFails() {
        SimulatedPair failing = new SimulatedPair(Scenario.U_SHAPE.withFailures(1), 1);
        SimulatedPair.Prompts prompts = failing.prompts(3);
        int failed = 0;
        for (int i = 0; i < 50; i++) {
            List<Decision> decisions = run(failing, prompts.next(), 0.5, i).readings().stream()
                    .map(Reading::decision)
                    .toList();
            int first = 0;
            while (first < decisions.size() && decisions.get(first).reason() != Reason.NON_FINITE) {
                first++;
            }
            failed += first < decisions.size() ? 1 : 0;
            assertTrue(decisions.subList(first, decisions.size()).stream()
                    .allMatch(decision -> decision.move().equals(io.flowblend.control.Move.LARGE)));
        }
        assertTrue(failed > 25, failed + " of 50 runs met the failure");
    }
}
