package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Source;
import io.flowblend.control.plan.RunPosition;
import java.util.List;

/** What holds for every run of the adaptive policy, whatever its steps read. */
public final class PolicyInvariants {
    private PolicyInvariants() {}

    public static void check(PolicyRequest request, List<Decision> decisions) {
        int steps = request.steps();
        assertEquals(steps, decisions.size());
        RunPosition position = RunPosition.START;
        for (int step = 0; step < steps; step++) {
            Decision decision = decisions.get(step);
            Source source = decision.move().source();
            boolean adaptive = decision.fallback().isEmpty();
            if (source != Source.LARGE && adaptive) {
                assertTrue(step >= request.limits().headSteps(steps), "the head is LARGE's: step " + step);
                assertTrue(step < steps - request.limits().tailSteps(steps), "the tail is LARGE's: step " + step);
                int longest = source.runsModel()
                        ? request.limits().stretchSteps(steps)
                        : request.limits().reuseSteps(steps);
                int since = position.since(source.anchor());
                assertTrue(since >= 1 && since <= longest, since + " steps since the anchor at step " + step);
                assertTrue(decision.comparison().isPresent(), "what was compared is shown at step " + step);
            }
            position = position.after(decision.move());
        }
    }
}
