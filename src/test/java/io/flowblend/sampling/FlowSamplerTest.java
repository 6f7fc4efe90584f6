package io.flowblend.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.Role;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.model.Condition;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FlowSamplerTest {
    private static final List<Solver> SOLVERS =
            List.of(new EulerSolver(), new UniPcSolver(2), new UniPcSolver(3), new DpmPlusPlusSolver());
    private static final ClosedForm LARGE = ClosedForm.LARGE;
    private static final ClosedForm SMALL = ClosedForm.SMALL;

    private final TensorScope scope = TensorScope.open();
    private final Guidance guidance =
            Guidance.of(SeededNoise.tensor(2, 1, 4, 3), SeededNoise.tensor(3, 1, 4, 3), 3, true);
    private final Tensor noise = SeededNoise.tensor(1, 1, 2, 3, 4, 4);

    @AfterEach
    void free() {
        guidance.close();
        scope.close();
    }

    private SamplingSpec spec(ClosedForm large, ClosedForm small, Solver solver, int steps) {
        return SamplingSpec.fromNoise(large, small, guidance, solver.schedule(steps, 3), solver, noise);
    }

    private static Sampled sample(SamplingSpec spec, SwitchPolicy policy) {
        return new FlowSampler().sample(spec, policy, StepListener.NONE);
    }

    private static float[] latents(SamplingSpec spec, String letters) {
        try (Sampled sampled = sample(spec, new ScriptedPolicy(letters))) {
            return TensorData.toFloats(sampled.latents());
        }
    }

    /** A model like {@code base} that does something else at one step of {@code schedule}. */
    private static ClosedForm butAt(int step, SigmaSchedule schedule, ClosedForm base, ClosedForm.Field other) {
        return new ClosedForm(
                base.flops(), (x, sigma, condition) -> (sigma == schedule.modelSigma(step) ? other : base.field())
                        .velocity(x, sigma, condition));
    }

    private static ClosedForm nonFiniteAt(int step, SigmaSchedule schedule, ClosedForm base, double value) {
        return butAt(step, schedule, base, (x, sigma, condition) -> {
            Tensor velocity = x.clone();
            velocity.narrow(0, 0, 1).view(-1).narrow(0, 5, 1).fill_(new Scalar(value));
            return velocity;
        });
    }

    @Test
    void eachModelHasItsOwnGuidance() {
        ClosedForm byPrompt = new ClosedForm(
                1e6, (x, sigma, condition) -> x.mul(condition.embeddings().mean()));
        SamplingSpec shared = spec(byPrompt, byPrompt, new EulerSolver(), 6);
        try (Guidance alone = Guidance.of(SeededNoise.tensor(2, 1, 4, 3), SeededNoise.tensor(3, 1, 4, 3), 1, false)) {
            SamplingSpec apart = shared.withSmallGuidance(alone);
            assertArrayEquals(latents(shared, "LLLLLL"), latents(apart, "LLLLLL"));
            assertFalse(Arrays.equals(latents(shared, "LLSSLL"), latents(apart, "LLSSLL")));
            SamplingSpec unguided =
                    SamplingSpec.fromNoise(byPrompt, byPrompt, alone, shared.schedule(), shared.solver(), noise);
            assertArrayEquals(latents(unguided, "SSSSSS"), latents(apart, "SSSSSS"));
            assertArrayEquals(latents(unguided.until(3), "SSSSSS"), latents(apart.until(3), "SSSSSS"));
        }
    }

    @Test
    void followsTheFlowToTheData() {
        float[] start = TensorData.toFloats(noise);
        SigmaSchedule fineAtTheEnd = SigmaSchedule.of(IntStream.rangeClosed(0, 60)
                .mapToDouble(k -> (60 - k) * (60 - k) / 3600.0)
                .toArray());
        float[] end = latents(
                SamplingSpec.fromNoise(LARGE, SMALL, guidance, fineAtTheEnd, new UniPcSolver(2), noise),
                "L".repeat(60));
        for (int i = 0; i < start.length; i++) {
            assertEquals(0.5 * start[i], end[i], 1e-3 * Math.abs(start[i]));
        }
    }

    @Test
    void sameRunGivesSameBytes() {
        for (Solver solver : SOLVERS) {
            SamplingSpec spec = spec(LARGE, SMALL, solver, 10);
            assertArrayEquals(latents(spec, "LPSSPLSSLL"), latents(spec, "LPSSPLSSLL"));
        }
    }

    @Test
    void switchingBetweenEqualModelsChangesNothing() {
        for (Solver solver : SOLVERS) {
            SamplingSpec spec = spec(LARGE, LARGE, solver, 10);
            float[] unswitched = latents(spec, "LLLLLLLLLL");
            assertArrayEquals(unswitched, latents(spec, "LSLSLSLSLS"));
            assertArrayEquals(unswitched, latents(spec, "PPSSSPLLSS"));
        }
    }

    @Test
    void theRoleDecidesWhoseVelocityAdvances() {
        SamplingSpec spec = spec(LARGE, SMALL, new UniPcSolver(2), 10);
        SamplingSpec swapped = spec(SMALL, LARGE, new UniPcSolver(2), 10);
        assertArrayEquals(latents(spec, "LLLSSSLLLL"), latents(swapped, "SSSLLLSSSS"));
        assertFalse(Arrays.equals(latents(spec, "LLLSSSLLLL"), latents(spec, "LLLLLLLLLL")));
    }

    @Test
    void aProbeIsAdvancedByTheLargeVelocityAndMeasuresBoth() {
        SamplingSpec spec = spec(LARGE, SMALL, new EulerSolver(), 4);
        assertArrayEquals(latents(spec, "LLLL"), latents(spec, "LPPL"));

        ScriptedPolicy policy = new ScriptedPolicy("LPLL");
        try (Sampled sampled = sample(spec, policy)) {
            StepRecord probe = sampled.trace().steps().get(1);
            VelocityDivergence seen = probe.divergence().orElseThrow();
            double sigma = spec.schedule().sigma(1);
            double large = LARGE.field()
                    .velocity(TensorData.floats(new float[] {1}, 1), sigma, conditionless())
                    .item_double();
            double small = SMALL.field()
                    .velocity(TensorData.floats(new float[] {1}, 1), sigma, conditionless())
                    .item_double();
            assertEquals(Math.abs(large - small) / Math.abs(large), seen.relativeL2(), 1e-6);
            assertEquals(0, seen.cosine(), 1e-12);
            assertEquals(List.of(Reading.of(probe.step(), seen)), policy.readings());
        }
    }

    private Condition conditionless() {
        return new Condition(SeededNoise.tensor(1, 1, 1, 1));
    }

    @Test
    void traceTellsWhatEveryStepCost() {
        AtomicLong clock = new AtomicLong();
        List<StepRecord> heard = new ArrayList<>();
        SamplingSpec spec = spec(LARGE, SMALL, new EulerSolver(), 3);
        try (Sampled sampled = new FlowSampler(() -> clock.getAndAdd(1_000_000_000L))
                .sample(spec, new ScriptedPolicy("LPS"), heard::add)) {
            List<StepRecord> steps = sampled.trace().steps();
            assertEquals(heard, steps);
            assertEquals("LPS", sampled.trace().schedule());
            assertEquals(
                    List.of(200.0, 220.0, 20.0),
                    steps.stream().map(StepRecord::flops).toList());
            assertEquals(
                    List.of(1.0, 1.0, 0.0),
                    steps.stream().map(StepRecord::largeSeconds).toList());
            assertEquals(
                    List.of(0.0, 1.0, 1.0),
                    steps.stream().map(StepRecord::smallSeconds).toList());
            assertEquals(9, sampled.seconds());
            assertTrue(sampled.trace().fallback().isEmpty());
            assertEquals(spec.schedule().step(2), steps.get(2).step());
        }
    }

    @Test
    void modelsAreToldTheLevelOfTheSchedule() {
        List<Double> told = new ArrayList<>();
        ClosedForm listening = new ClosedForm(1, (x, sigma, condition) -> {
            told.add(sigma);
            return LARGE.field().velocity(x, sigma, condition);
        });
        latents(spec(listening, listening, new UniPcSolver(2), 4), "LSLS");
        SigmaSchedule schedule = SigmaSchedule.uniPc(4, 3);
        assertEquals(
                List.of(schedule.modelSigma(0), schedule.modelSigma(1), schedule.modelSigma(2), schedule.modelSigma(3)),
                told);
    }

    @Test
    void largeMakesTheStepInWhichSmallThrows() {
        assertLargeTakesOver((schedule, step) -> butAt(step, schedule, SMALL, (x, sigma, condition) -> {
            throw new IllegalStateException("out of memory\n at native frame");
        }));
    }

    @Test
    void largeMakesTheStepInWhichSmallIsNotFinite() {
        assertLargeTakesOver((schedule, step) -> nonFiniteAt(step, schedule, SMALL, Double.NaN));
        assertLargeTakesOver((schedule, step) -> nonFiniteAt(step, schedule, SMALL, Double.POSITIVE_INFINITY));
        assertLargeTakesOver((schedule, step) -> nonFiniteAt(step, schedule, SMALL, Double.NEGATIVE_INFINITY));
    }

    private interface Failing {
        ClosedForm at(SigmaSchedule schedule, int step);
    }

    private void assertLargeTakesOver(Failing small) {
        Solver solver = new UniPcSolver(2);
        SamplingSpec spec = spec(LARGE, small.at(solver.schedule(5, 3), 2), solver, 5);
        for (String letters : List.of("LSSSL", "LSPSL")) {
            ScriptedPolicy policy = new ScriptedPolicy(letters);
            try (Sampled sampled = sample(spec, policy)) {
                StepRecord failed = sampled.trace().steps().get(2);
                assertEquals("LSLSL", sampled.trace().schedule());
                assertEquals(Reason.SMALL_FAILED, failed.decision().reason());
                assertTrue(failed.divergence().isEmpty());
                assertEquals(List.of(Reading.smallFailed(failed.step())), policy.readings());
                assertEquals(
                        new Fallback(Fallback.Cause.SMALL_FAILED, 2, Fallback.Target.LARGE),
                        sampled.trace().fallback().orElseThrow());
                assertArrayEquals(
                        latents(spec(LARGE, SMALL, solver, 5), "LSLSL"), TensorData.toFloats(sampled.latents()));
            }
        }
    }

    @Test
    void keepsTheThresholdOfTheDecisionThatFailed() {
        Solver solver = new EulerSolver();
        SamplingSpec spec = spec(LARGE, nonFiniteAt(1, solver.schedule(3, 3), SMALL, Double.NaN), solver, 3);
        try (Sampled sampled = sample(spec, new ScriptedPolicy("LSL"))) {
            Decision decision = sampled.trace().steps().get(1).decision();
            assertEquals(0.5, decision.threshold().orElseThrow());
            assertEquals(Role.LARGE, decision.role());
        }
    }

    @Test
    void aNonFiniteLargeVelocityEndsTheRunWithItsRoleAndStep() {
        Solver solver = new UniPcSolver(2);
        SamplingSpec spec = spec(nonFiniteAt(2, solver.schedule(5, 3), LARGE, Double.NaN), SMALL, solver, 5);
        for (String letters : List.of("LLLLL", "LSPSL")) {
            long before = Pointer.totalCount();
            NonFiniteVelocityException failure =
                    assertThrows(NonFiniteVelocityException.class, () -> sample(spec, new ScriptedPolicy(letters)));
            assertEquals(Role.LARGE, failure.role());
            assertEquals(2, failure.step());
            assertTrue(
                    String.valueOf(failure.getMessage()).contains("LARGE model gave a non-finite velocity at step 2"));
            assertEquals(before, Pointer.totalCount());
        }
        assertArrayEquals(latents(spec, "LLSLL"), latents(spec(LARGE, SMALL, solver, 5), "LLSLL"));
    }

    @Test
    void anExceptionFromTheListenerEndsTheRunWithNothingLeaked() {
        SamplingSpec spec = spec(LARGE, SMALL, new UniPcSolver(3), 8);
        List<StepRecord> heard = new ArrayList<>();
        CancellationException cancelled = new CancellationException("cancelled");
        long before = Pointer.totalCount();
        CancellationException thrown = assertThrows(CancellationException.class, () -> new FlowSampler()
                .sample(spec, new ScriptedPolicy("LLPSSPLL"), record -> {
                    heard.add(record);
                    if (heard.size() == 5) {
                        throw cancelled;
                    }
                }));
        assertSame(cancelled, thrown);
        assertEquals(5, heard.size());
        assertEquals(before, Pointer.totalCount());
    }

    @Test
    void manyRunsLeaveNoNativeMemoryBehind() {
        for (Solver solver : SOLVERS) {
            SamplingSpec spec = spec(LARGE, SMALL, solver, 8);
            latents(spec, "LLPSSPLL");
            long before = Pointer.totalCount();
            for (int run = 0; run < 50; run++) {
                latents(spec, "LLPSSPLL");
            }
            assertEquals(before, Pointer.totalCount(), solver::toString);
        }
    }

    @Test
    void runsOfLargeLatentsDoNotGrowTheProcess() {
        Tensor large = SeededNoise.tensor(1, 1, 4, 4, 128, 128);
        SamplingSpec spec =
                SamplingSpec.fromNoise(LARGE, SMALL, guidance, SigmaSchedule.uniPc(20, 3), new UniPcSolver(3), large);
        sample(spec, new ScriptedPolicy("LLLLPPPPSSSSSSPSSSLL")).close();
        long before = Pointer.physicalBytes();
        for (int run = 0; run < 10; run++) {
            sample(spec, new ScriptedPolicy("LLLLPPPPSSSSSSPSSSLL")).close();
        }
        long grown = Pointer.physicalBytes() - before;
        assertTrue(grown < 100L << 20, () -> "200 steps of 1 MiB latents left " + grown + " bytes");
    }

    @Test
    void aReplayFromAKeptStateEndsInTheSameBytes() {
        for (Solver solver : SOLVERS) {
            SamplingSpec spec = spec(LARGE, SMALL, solver, 9);
            List<SolverState> kept = new ArrayList<>();
            try (Sampled whole = new FlowSampler()
                    .sample(spec, new ScriptedPolicy("LLPSSSPLL"), StepListener.NONE, (next, state) -> {
                        if (next == 4) {
                            kept.add(state.own());
                        }
                    })) {
                float[] expected = TensorData.toFloats(whole.latents());
                SolverState state = kept.get(0);
                assertArrayEquals(expected, latents(spec.from(4, state), "LLPSSSPLL"));
                assertArrayEquals(expected, latents(spec.from(4, state), "LLPSSSPLL"));
                state.close();
            }
        }
    }

    @Test
    void aSegmentCanBeginFromLatentsAlone() {
        SamplingSpec spec = spec(LARGE, SMALL, new UniPcSolver(2), 40);
        List<Tensor> kept = new ArrayList<>();
        List<Integer> steps = new ArrayList<>();
        try (Sampled whole = new FlowSampler()
                .sample(spec, new ScriptedPolicy("L".repeat(40)), StepListener.NONE, (next, state) -> {
                    steps.add(next);
                    if (next == 20) {
                        kept.add(TensorScope.own(state.x()));
                    }
                })) {
            try (Sampled rest =
                    sample(spec.from(20, SolverState.fresh(kept.get(0))), new ScriptedPolicy("L".repeat(40)))) {
                assertEquals(20, rest.trace().steps().size());
                assertEquals(20, rest.trace().steps().get(0).step().index());
                assertEquals(0, TensorData.relativeL2(rest.latents(), whole.latents()), 0.01);
            }
        }
        assertEquals(40, steps.size());
        assertEquals(40, steps.get(39));
        kept.forEach(Tensor::close);
    }

    @Test
    void latentsOutliveEveryScopeUntilTheCallerClosesThem() {
        long before = Pointer.totalCount();
        Sampled sampled;
        try (TensorScope job = TensorScope.open()) {
            sampled = sample(spec(LARGE, SMALL, new UniPcSolver(2), 4), new ScriptedPolicy("LSPL"));
        }
        assertTrue(Float.isFinite(TensorData.toFloats(sampled.latents())[0]));
        sampled.close();
        assertEquals(before, Pointer.totalCount());
    }

    @Test
    void runsWithoutRecordingGradients() {
        Tensor weight = TensorData.floats(new float[] {1}, 1).set_requires_grad(true);
        ClosedForm trainable = new ClosedForm(1, (x, sigma, condition) -> x.mul(weight));
        try (Sampled sampled = sample(spec(trainable, SMALL, new EulerSolver(), 2), new ScriptedPolicy("LL"))) {
            assertFalse(sampled.latents().requires_grad());
        }
        assertTrue(noise.mul(weight).requires_grad());
    }

    @Test
    void refusesLatentsAndFirstStepsThatCannotBe() {
        SamplingSpec spec = spec(LARGE, SMALL, new EulerSolver(), 4);
        assertThrows(IllegalArgumentException.class, () -> spec.from(4, SolverState.fresh(noise)));
        assertThrows(IllegalArgumentException.class, () -> spec.from(-1, SolverState.fresh(noise)));
        assertThrows(
                IllegalArgumentException.class, () -> spec.from(0, SolverState.fresh(SeededNoise.tensor(1, 2, 3))));
    }
}
