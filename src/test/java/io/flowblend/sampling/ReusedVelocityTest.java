package io.flowblend.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Role;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.control.VelocityChange;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /** L, S or R for each step; keeps what it was told when it asked. */
    private static final class Letters implements SwitchPolicy {
        private final String letters;
        private final boolean asks;
        private final List<VelocityChange> motions = new ArrayList<>();

        Letters(String letters, boolean asks) {
            this.letters = letters;
            this.asks = asks;
        }

        @Override
        public Decision decide(Step step) {
            return switch (letters.charAt(step.index())) {
                case 'L' -> Decision.large(Reason.SCHEDULE);
                case 'S' -> Decision.small(Reason.SCHEDULE);
                default -> Decision.reused(Reason.UNCHANGED);
            };
        }

        @Override
        public void observe(Reading reading) {
            throw new AssertionError("no probe, no failure: nothing to observe");
        }

        @Override
        public Optional<Fallback> fallback() {
            return Optional.empty();
        }

        @Override
        public boolean wantsMotion() {
            return asks;
        }

        @Override
        public void advanced(VelocityChange motion) {
            motions.add(motion);
        }
    }

    private Sampled sample(SwitchPolicy policy) {
        return new FlowSampler()
                .sample(
                        SamplingSpec.fromNoise(LARGE, SMALL, guidance, SCHEDULE, new EulerSolver(), ones),
                        policy,
                        StepListener.NONE);
    }

    @Test
    void theLastVelocityAdvancesTheStepWhoeverGaveIt() {
        // x: 1 -(2)-> 0.5 -(2)-> 0 -(-0)-> 0; and 1 -(2)-> 0.5 -(-0.5)-> 0.625 -(-0.5)-> 0.75 -(1.5)-> 0.375
        try (Sampled reusedLarge = sample(new Letters("LRSR", false));
                Sampled reusedSmall = sample(new Letters("LSRL", false))) {
            assertArrayEquals(new float[] {0, 0}, TensorData.toFloats(reusedLarge.latents()), 1e-6f);
            assertArrayEquals(new float[] {0.375f, -0.375f}, TensorData.toFloats(reusedSmall.latents()), 1e-6f);
        }
    }

    @Test
    void reusedStepsCostNothingAndShowInTheTrace() {
        try (Sampled sampled = sample(new Letters("LRRS", false))) {
            assertEquals("LRRS", sampled.trace().schedule());
            assertEquals(2, sampled.trace().count('R'));
            assertEquals(
                    List.of(100.0, 0.0, 0.0, 10.0),
                    sampled.trace().steps().stream().map(StepRecord::flops).toList());
            assertEquals(0, sampled.trace().steps().get(1).largeSeconds());
            assertEquals(0, sampled.trace().steps().get(1).smallSeconds());
        }
    }

    @Test
    void theFirstStepCannotBeReused() {
        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> sample(new Letters("RLLL", false)));
        assertEquals("step 0 was decided as REUSED, but no velocity was computed before it", refused.getMessage());
    }

    @Test
    void motionIsMeasuredForPoliciesThatAskOnly() {
        Letters asks = new Letters("LSRL", true);
        Letters doesNot = new Letters("LSRL", false);
        sample(asks).close();
        sample(doesNot).close();
        assertEquals(List.of(), doesNot.motions);
        // step, who, |v|, |v - last|, |last|, |x|, |next - x|
        assertMotion(asks.motions.get(0), Role.LARGE, 2, 0, 0, 1, 0.5);
        assertMotion(asks.motions.get(1), Role.SMALL, 0.5, 2.5, 2, 0.5, 0.125);
        assertMotion(asks.motions.get(2), Role.REUSED, 0.5, 0, 0.5, 0.625, 0.125);
        assertMotion(asks.motions.get(3), Role.LARGE, 1.5, 2, 0.5, 0.75, 0.375);
        assertEquals(4, asks.motions.get(3).relativeVelocityChange(), 1e-6);
    }

    private static void assertMotion(VelocityChange motion, Role role, double... sizes) {
        assertEquals(role, motion.role());
        assertArrayEquals(
                sizes,
                new double[] {
                    motion.velocity(),
                    motion.velocityChange(),
                    motion.lastVelocity(),
                    motion.latents(),
                    motion.latentsChange()
                },
                1e-6);
    }

    @Test
    void aPartOfARunEndsWhereItShould() {
        SamplingSpec whole = SamplingSpec.fromNoise(LARGE, SMALL, guidance, SCHEDULE, new EulerSolver(), ones);
        try (Sampled sampled =
                new FlowSampler().sample(whole.until(2), new Letters("LSLL", false), StepListener.NONE)) {
            assertEquals("LS", sampled.trace().schedule());
            assertArrayEquals(new float[] {0.625f, -0.625f}, TensorData.toFloats(sampled.latents()), 1e-6f);
        }
        assertEquals(
                "end step has to be 1 to 4, but is 5",
                assertThrows(IllegalArgumentException.class, () -> whole.until(5))
                        .getMessage());
    }

    @Test
    void nothingThatWasReusedStaysInNativeMemory() {
        sample(new Letters("LRSR", true)).close();
        long before = Pointer.totalCount();
        for (int i = 0; i < 20; i++) {
            sample(new Letters("LRSR", true)).close();
        }
        assertEquals(before, Pointer.totalCount());
    }
}
