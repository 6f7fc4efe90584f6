package io.flowblend.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Source;
import io.flowblend.control.Move;
import io.flowblend.control.VelocityChange;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReusedVelocityTest {
    private static final SigmaSchedule SCHEDULE = SigmaSchedule.of(1, 0.75, 0.5, 0.25, 0);

    /** {@code v = 2 x} and {@code v = -x}. */
    private static final ClosedForm LARGE = new ClosedForm(100, (x, sigma, condition) -> x.mul(new Scalar(2.0)));

    private static final ClosedForm SMALL = new ClosedForm(10, (x, sigma, condition) -> x.neg());

    private final TensorScope scope = TensorScope.open();
    private final Tensor ones = TensorData.floats(new float[] {1, -1}, 1, 1, 1, 1, 2);
    private final Guidance guidance = Guidance.of(
            TensorData.floats(new float[] {0}, 1, 1, 1), TensorData.floats(new float[] {0}, 1, 1, 1), 1, false);

    @AfterEach
    void free() {
        guidance.close();
        scope.close();
    }

    private SamplingSpec spec() {
        return SamplingSpec.fromNoise(LARGE, SMALL, guidance, SCHEDULE, new EulerSolver(), ones);
    }

    private SamplingRun sample(String letters) {
        return Runs.of(spec(), new ScriptedPolicy(letters));
    }

    @Test
    void theLastVelocityAdvancesTheStepWhoeverGaveIt() {
        // x: 1 -(2)-> 0.5 -(2)-> 0 -(-0)-> 0; and 1 -(2)-> 0.5 -(-0.5)-> 0.625 -(-0.5)-> 0.75 -(1.5)-> 0.375
        try (SamplingRun reusedLarge = sample("LRSR");
                SamplingRun reusedSmall = sample("LSRL")) {
            assertArrayEquals(
                    new float[] {0, 0}, TensorData.toFloats(reusedLarge.state().x()), 1e-6f);
            assertArrayEquals(
                    new float[] {0.375f, -0.375f},
                    TensorData.toFloats(reusedSmall.state().x()),
                    1e-6f);
        }
    }

    @Test
    void reusedStepsCostNothingAndShowInTheTrace() {
        try (SamplingRun sampled = sample("LRRS")) {
            assertEquals("LRRS", sampled.trace().letters());
            assertEquals(2, sampled.trace().count(Move.of(Source.REUSED)));
            assertEquals(
                    List.of(100.0, 0.0, 0.0, 10.0),
                    sampled.trace().steps().stream().map(StepRecord::flops).toList());
            assertEquals(0, sampled.trace().steps().get(1).largeSeconds());
            assertEquals(0, sampled.trace().steps().get(1).smallSeconds());
        }
    }

    @Test
    void theFirstStepCannotBeReused() {
        IllegalStateException refused = assertThrows(IllegalStateException.class, () -> sample("RLLL"));
        assertEquals("step 0 was decided as REUSED, but nothing was kept for it before", refused.getMessage());
    }

    @Test
    void theChangeIsMeasuredForRunsThatAskOnly() {
        ScriptedPolicy asks = new ScriptedPolicy("LSRL");
        ScriptedPolicy doesNot = new ScriptedPolicy("LSRL");
        Runs.of(spec().measuringChange(), asks).close();
        Runs.of(spec(), doesNot).close();
        assertTrue(
                doesNot.readings().stream().allMatch(reading -> reading.change().isEmpty()));
        List<VelocityChange> changes = asks.readings().stream()
                .map(reading -> reading.change().orElseThrow())
                .toList();
        // step, who, |v|, |v - last|, |last|, |x|, |next - x|
        assertChange(changes.get(0), Source.LARGE, 2, 0, 0, 1, 0.5);
        assertChange(changes.get(1), Source.SMALL, 0.5, 2.5, 2, 0.5, 0.125);
        assertChange(changes.get(2), Source.REUSED, 0.5, 0, 0.5, 0.625, 0.125);
        assertChange(changes.get(3), Source.LARGE, 1.5, 2, 0.5, 0.75, 0.375);
        assertEquals(Source.SMALL, changes.get(3).lastSource());
        assertEquals(4, changes.get(3).relativeVelocityChange(), 1e-6);
    }

    private static void assertChange(VelocityChange change, Source source, double... sizes) {
        assertEquals(source, change.source());
        assertArrayEquals(
                sizes,
                new double[] {
                    change.velocity(),
                    change.velocityChange(),
                    change.lastVelocity(),
                    change.latents(),
                    change.latentsChange()
                },
                1e-6);
    }

    @Test
    void theSlopeIsTakenBetweenStepsOfTheSameSource() {
        // x: 1 -(2)-> 0.5 -(1)-> 0.25, then the velocity goes on at 1 - 1 = 0; after a change of the source it stays.
        assertArrayEquals(new float[] {0.25f, -0.25f}, state(spec(), new ScriptedPolicy("LLRR", 1, 1), 3), 1e-6f);
        // x: 1 -(2)-> 0.5 -(-0.5)-> 0.625 -(-0.5)-> 0.75
        assertArrayEquals(new float[] {0.75f, -0.75f}, state(spec(), new ScriptedPolicy("LSRR", 1, 1), 3), 1e-6f);
    }

    private static float[] state(SamplingSpec spec, ScriptedPolicy policy, int steps) {
        try (SamplingRun run = new SamplingRun(spec, policy)) {
            for (int step = 0; step < steps; step++) {
                run.step();
            }
            return TensorData.toFloats(run.state().x());
        }
    }

    @Test
    void nothingThatWasReusedStaysInNativeMemory() {
        sample("LRSR").close();
        long before = Pointer.totalCount();
        for (int i = 0; i < 20; i++) {
            sample("LRSR").close();
        }
        assertEquals(before, Pointer.totalCount());
    }
}
