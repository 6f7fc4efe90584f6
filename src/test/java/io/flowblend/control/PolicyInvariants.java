package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What holds for every run of the adaptive policy, whatever the probes read. */
final class PolicyInvariants {
    private PolicyInvariants() {}

    static void check(PolicyRequest request, Runs.Run run) {
        String letters = run.letters();
        int steps = request.steps();
        int handedOver = run.fallback().map(Fallback::step).orElse(steps);
        assertEquals(steps, letters.length());
        if (request.quality() == 1) {
            assertFalse(letters.substring(0, handedOver).contains("S"), "no small step at quality 1: " + letters);
        }
        int head = request.profile().headSteps(steps);
        int tail = steps - request.profile().tailSteps(steps);
        for (int step = 0; step < handedOver; step++) {
            if (letters.charAt(step) == 'S' || letters.charAt(step) == 'R') {
                assertTrue(step >= head && step < tail, "small step " + step + " in head or tail: " + letters);
                assertTrue(run.decisions().get(step).threshold().isPresent(), "what was compared is shown");
            }
        }
        checkDwell(request, run, handedOver);
        checkFallback(request, run);
    }

    /** A stage lasts min-dwell steps, unless the run or the controller's say ends first. */
    private static void checkDwell(PolicyRequest request, Runs.Run run, int end) {
        int dwell = request.profile().minDwell();
        int since = dwell;
        boolean small = false;
        for (int step = 0; step < end; step++) {
            Decision decision = run.decisions().get(step);
            boolean nowSmall = decision.role() == Role.REUSED
                    ? small
                    : decision.role() == Role.SMALL || decision.reason() == Reason.PROBE_DUE;
            if (nowSmall != small) {
                assertTrue(since >= dwell, "stage of " + since + " steps before step " + step + ": " + run.letters());
                since = 0;
            }
            small = nowSmall;
            since++;
        }
    }

    private static void checkFallback(PolicyRequest request, Runs.Run run) {
        run.fallback().ifPresent(fallback -> {
            StaticPolicy stored = StaticPolicy.of(
                    "LSL",
                    request.steps(),
                    request.stored().early(),
                    request.stored().late());
            for (int step = fallback.step(); step < request.steps(); step++) {
                Decision decision = run.decisions().get(step);
                assertFalse(decision.probe(), "no probe after a fallback");
                if (fallback.to() == Fallback.Target.LARGE) {
                    assertEquals(Role.LARGE, decision.role());
                } else {
                    assertEquals(stored.role(step), decision.role());
                    assertEquals(Reason.STORED_PROFILE, decision.reason());
                }
            }
        });
    }
}
