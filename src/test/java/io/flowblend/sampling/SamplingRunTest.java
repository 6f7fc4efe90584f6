package io.flowblend.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Move;
import io.flowblend.control.Reason;
import io.flowblend.control.Schedule;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.model.Condition;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SamplingRunTest {
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

    private static SamplingRun sample(SamplingSpec spec, SwitchPolicy policy) {
        return Runs.of(spec, policy);
    }

    private static float[] latents(SamplingSpec spec, String letters) {
        return Runs.latents(spec, letters);
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
        try (SamplingRun sampled = sample(spec, policy)) {
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
            assertEquals(List.of(probe.reading()), policy.shown());
            assertEquals(sampled.trace().readings(), policy.readings());
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
        try (SamplingRun run =
                new SamplingRun(spec, new ScriptedPolicy("LPS"), () -> clock.getAndAdd(1_000_000_000L))) {
            while (!run.done()) {
                heard.add(run.step());
            }
            List<StepRecord> steps = run.trace().steps();
            assertEquals(heard, steps);
            assertEquals("LPS", run.trace().letters());
            assertEquals(Schedule.ofLetters("LPS"), run.trace().schedule());
            assertEquals(1, run.trace().count(Move.PROBE));
            assertEquals(
                    List.of(200.0, 220.0, 20.0),
                    steps.stream().map(StepRecord::flops).toList());
            assertEquals(
                    List.of(1.0, 1.0, 0.0),
                    steps.stream().map(StepRecord::largeSeconds).toList());
            assertEquals(
                    List.of(0.0, 1.0, 1.0),
                    steps.stream().map(StepRecord::smallSeconds).toList());
            assertEquals(3 + 5 + 3, run.seconds());
            assertTrue(run.trace().fallback().isEmpty());
            assertEquals(spec.schedule().step(2), steps.get(2).step());
        }
    }

    @Test
    void movesCostWhatTheirForwardsCost() {
        SamplingSpec spec = spec(LARGE, SMALL, new EulerSolver(), 3);
        assertEquals(1, spec.cost(Move.LARGE));
        assertEquals(1.1, spec.cost(Move.PROBE), 1e-12);
        assertEquals(0.1, spec.cost(Move.of(Source.SMALL)), 1e-12);
        assertEquals(0, spec.cost(Move.of(Source.REUSED)));
        assertEquals(0.5, spec.cost(Move.of(Source.GUIDANCE_REUSED)), 1e-12);
    }

    @Test
    void aRunThatIsDoneMakesNoFurtherStep() {
        try (SamplingRun run = sample(spec(LARGE, SMALL, new EulerSolver(), 2), new ScriptedPolicy("LL"))) {
            assertTrue(run.done());
            assertThrows(IllegalStateException.class, run::step);
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
            try (SamplingRun sampled = sample(spec, policy)) {
                StepRecord failed = sampled.trace().steps().get(2);
                assertEquals("LSLSL", sampled.trace().letters());
                assertEquals(Reason.NON_FINITE, failed.decision().reason());
                assertTrue(failed.divergence().isEmpty());
                assertEquals(List.of(failed.reading()), policy.shown());
                assertTrue(failed.reading().smallFailed());
                assertEquals(
                        new Fallback(Fallback.Cause.SMALL_FAILED, 2, Fallback.Target.LARGE),
                        sampled.trace().fallback().orElseThrow());
                assertArrayEquals(
                        latents(spec(LARGE, SMALL, solver, 5), "LSLSL"),
                        TensorData.toFloats(sampled.state().x()));
            }
        }
    }

    @Test
    void keepsTheComparisonOfTheDecisionThatFailed() {
        Solver solver = new EulerSolver();
        SamplingSpec spec = spec(LARGE, nonFiniteAt(1, solver.schedule(3, 3), SMALL, Double.NaN), solver, 3);
        try (SamplingRun sampled = sample(spec, new ScriptedPolicy("LSL"))) {
            Decision decision = sampled.trace().steps().get(1).decision();
            assertEquals(ScriptedPolicy.COMPARED, decision.comparison().orElseThrow());
            assertEquals(Move.LARGE, decision.move());
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
            assertEquals(Source.LARGE, failure.source());
            assertEquals(2, failure.step());
            assertTrue(
                    String.valueOf(failure.getMessage()).contains("LARGE model gave a non-finite velocity at step 2"));
            assertEquals(before, Pointer.totalCount());
        }
        assertArrayEquals(latents(spec, "LLSLL"), latents(spec(LARGE, SMALL, solver, 5), "LLSLL"));
    }

    @Test
    void aRunThatIsLeftOnItsWayLeaksNothing() {
        SamplingSpec spec = spec(LARGE, SMALL, new UniPcSolver(3), 8).tracking(EnumSet.allOf(Source.class));
        long before = Pointer.totalCount();
        for (int left = 0; left <= 8; left++) {
            try (SamplingRun run = new SamplingRun(spec, new ScriptedPolicy("LLPSSPRG"))) {
                for (int step = 0; step < left; step++) {
                    run.step();
                }
                assertEquals(left, run.state().nextStep());
            }
            assertEquals(before, Pointer.totalCount());
        }
    }

    @Test
    void aStepThatFailsLeavesTheRunWhereItStood() {
        Solver solver = new UniPcSolver(2);
        AtomicBoolean broken = new AtomicBoolean(true);
        ClosedForm large = butAt(
                2,
                solver.schedule(5, 3),
                LARGE,
                (x, sigma, condition) -> broken.get()
                        ? x.mul(new Scalar(Double.NaN))
                        : LARGE.field().velocity(x, sigma, condition));
        try (SamplingRun run = new SamplingRun(spec(large, SMALL, solver, 5), new ScriptedPolicy("LLLLL"))) {
            run.step();
            run.step();
            assertThrows(NonFiniteVelocityException.class, run::step);
            assertEquals(2, run.state().nextStep());
            broken.set(false);
            run.finish();
            assertArrayEquals(
                    latents(spec(LARGE, SMALL, solver, 5), "LLLLL"),
                    TensorData.toFloats(run.state().x()));
        }
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
            long after = Pointer.totalCount(); // fewer where earlier garbage was collected meanwhile
            assertTrue(after <= before, () -> solver + ": " + before + " before, " + after + " after");
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
    void aSegmentCanBeginFromLatentsAlone() {
        SamplingSpec spec = spec(LARGE, SMALL, new UniPcSolver(2), 40);
        try (SamplingRun whole = new SamplingRun(spec, new ScriptedPolicy("L".repeat(40)))) {
            for (int step = 0; step < 20; step++) {
                whole.step();
            }
            Tensor middle = whole.latents();
            whole.finish();
            try (SamplingRun rest = sample(spec.from(RunState.fresh(20, middle)), new ScriptedPolicy("L".repeat(40)))) {
                assertEquals(20, rest.trace().steps().size());
                assertEquals(20, rest.trace().steps().get(0).step().index());
                assertEquals(
                        0, TensorData.relativeL2(rest.state().x(), whole.state().x()), 0.01);
            }
            middle.close();
        }
    }

    @Test
    void latentsOutliveEveryScopeUntilTheCallerClosesThem() {
        long before = Pointer.totalCount();
        Tensor latents;
        try (TensorScope job = TensorScope.open();
                SamplingRun run = sample(spec(LARGE, SMALL, new UniPcSolver(2), 4), new ScriptedPolicy("LSPL"))) {
            latents = run.latents();
        }
        assertTrue(Float.isFinite(TensorData.toFloats(latents)[0]));
        latents.close();
        assertEquals(before, Pointer.totalCount());
    }

    @Test
    void runsWithoutRecordingGradients() {
        Tensor weight = TensorData.floats(new float[] {1}, 1).set_requires_grad(true);
        ClosedForm trainable = new ClosedForm(1, (x, sigma, condition) -> x.mul(weight));
        try (SamplingRun sampled = sample(spec(trainable, SMALL, new EulerSolver(), 2), new ScriptedPolicy("LL"))) {
            assertFalse(sampled.state().x().requires_grad());
        }
        assertTrue(noise.mul(weight).requires_grad());
    }

    @Test
    void refusesLatentsAndFirstStepsThatCannotBe() {
        SamplingSpec spec = spec(LARGE, SMALL, new EulerSolver(), 4);
        assertThrows(IllegalArgumentException.class, () -> spec.from(RunState.fresh(4, noise)));
        assertThrows(IllegalArgumentException.class, () -> RunState.fresh(-1, noise));
        assertThrows(IllegalArgumentException.class, () -> spec.from(RunState.fresh(0, SeededNoise.tensor(1, 2, 3))));
    }
}
