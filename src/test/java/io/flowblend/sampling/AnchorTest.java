package io.flowblend.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.control.Reading;
import io.flowblend.model.Condition;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What sources predict from their anchors, and what is read of it. */
class AnchorTest {
    private static final Set<Source> ALL = EnumSet.allOf(Source.class);
    private static final List<Solver> SOLVERS =
            List.of(new EulerSolver(), new UniPcSolver(2), new UniPcSolver(3), new DpmPlusPlusSolver());

    private final TensorScope scope = TensorScope.open();
    private final Guidance guidance =
            Guidance.of(SeededNoise.tensor(2, 1, 4, 3), SeededNoise.tensor(3, 1, 4, 3), 3, true);
    private final Tensor noise = SeededNoise.tensor(1, 1, 2, 3, 4, 4);
    private final Tensor offset = SeededNoise.tensor(7, 1, 2, 3, 4, 4);

    /** A model that differs with the prompt, the level and the latents. */
    private final ClosedForm large = field(0.5, 1);

    private final ClosedForm small = field(0.4, 0.8);

    private ClosedForm field(double deviation, double text) {
        return new ClosedForm(100 * text, (x, sigma, condition) -> ClosedForm.normalData(deviation, x, sigma)
                .add(prompt(condition), new Scalar(0.3 * text))
                .add(x.sin(), new Scalar(0.1 * text * sigma)));
    }

    /** A number for each row of the batch, from its text. */
    private static Tensor prompt(Condition condition) {
        return condition.embeddings().sum(1L, 2L).view(condition.batch(), 1, 1, 1, 1);
    }

    @AfterEach
    void free() {
        guidance.close();
        scope.close();
    }

    private SamplingSpec spec(ClosedForm large, ClosedForm small, Solver solver, int steps) {
        return SamplingSpec.fromNoise(large, small, guidance, solver.schedule(steps, 3), solver, noise);
    }

    private static double distance(float[] actual, float[] expected) {
        double sum = 0;
        double length = 0;
        for (int i = 0; i < actual.length; i++) {
            sum += Math.pow(actual[i] - expected[i], 2);
            length += Math.pow(expected[i], 2);
        }
        return Math.sqrt(sum / length);
    }

    @Test
    void smallCorrectedAtTheSigmaOfTheProbeIsLarge() {
        SamplingSpec spec = spec(large, small, new EulerSolver(), 4);
        try (SamplingRun probe = new SamplingRun(spec, new ScriptedPolicy("PLLL"));
                SamplingRun alone = new SamplingRun(spec, new ScriptedPolicy("LLLL"))) {
            probe.step();
            alone.step();
            // The same step again, by SMALL with what the probe left.
            RunState again =
                    new RunState(0, SolverState.fresh(noise), probe.state().anchors());
            try (SamplingRun corrected = new SamplingRun(spec.from(again), new ScriptedPolicy("SLLL", 1, 0))) {
                assertEquals('S', corrected.step().decision().letter());
                assertEquals(
                        0,
                        TensorData.relativeL2(
                                corrected.state().x(), alone.state().x()),
                        1e-6);
            }
        }
    }

    @Test
    void withoutGainSmallIsPlainToTheBit() {
        for (Solver solver : SOLVERS) {
            SamplingSpec spec = spec(large, small, solver, 8);
            float[] plain = Runs.latents(spec, new ScriptedPolicy("LLLSSSLS"));
            assertArrayEquals(plain, Runs.latents(spec, new ScriptedPolicy("LLPSSSPS", 0, 1)));
            assertArrayEquals(plain, Runs.latents(spec, new ScriptedPolicy("LLLSSSLS", 1, 1)), "no probe before it");
            assertFalse(Arrays.equals(plain, Runs.latents(spec, new ScriptedPolicy("LLPSSSPS", 1, 0))));
        }
    }

    @Test
    void everyScheduleOfEqualModelsEndsWhereLargeDoes() {
        for (Solver solver : SOLVERS) {
            SamplingSpec spec = spec(large, large, solver, 10).tracking(ALL);
            float[] expected = Runs.latents(spec, "LLLLLLLLLL");
            for (String letters : List.of("PSSSPSPSSS", "SSSSSSSSSS", "PPSSLLSPSL", "SPSLPSLPPS")) {
                for (double gain : new double[] {0, 0.5, 1}) {
                    float[] end = Runs.latents(spec, new ScriptedPolicy(letters, gain, 1));
                    assertEquals(0, distance(end, expected), 1e-6, letters);
                }
            }
        }
    }

    @Test
    void aDifferenceLinearInSigmaIsPredictedExactly() {
        ClosedForm shifted = new ClosedForm(10, (x, sigma, condition) -> large.field()
                .velocity(x, sigma, condition)
                .add(linear(x, sigma)));
        for (Solver solver : List.of(new EulerSolver(), new UniPcSolver(3))) {
            // Models are told the very levels, not whole timesteps.
            SigmaSchedule even = SigmaSchedule.of(0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0);
            SamplingSpec spec = SamplingSpec.fromNoise(large, shifted, guidance, even, solver, noise);
            float[] expected = Runs.latents(spec, "LLLLLLLLLL");
            double followed = distance(Runs.latents(spec, new ScriptedPolicy("PPSSSSSSSS", 1, 1)), expected);
            double held = distance(Runs.latents(spec, new ScriptedPolicy("PPSSSSSSSS", 1, 0)), expected);
            assertEquals(0, followed, 1e-5);
            assertTrue(held > 0.05, held + " without the slope");
        }
    }

    /** Twice the batch with guidance; of no effect on its difference. */
    private Tensor linear(Tensor x, double sigma) {
        return offset.mul(new Scalar(0.5 - 2 * sigma)).expand(x.size(0), 2, 3, 4, 4);
    }

    @Test
    void readingsSayWhatTheDefinitionSays() {
        for (Solver solver : SOLVERS) {
            ScriptedPolicy policy = new ScriptedPolicy("PPLPRLGPSL");
            try (SamplingRun run =
                    new SamplingRun(spec(large, small, solver, 10).tracking(ALL), policy)) {
                int read = 0;
                while (!run.done()) {
                    RunState state = run.state().own();
                    try (state) {
                        StepRecord line = run.step();
                        for (AnchorReading reading : line.sources()) {
                            assertDefined(
                                    reading, state, run.state(), line.step().sigma());
                            read++;
                        }
                    }
                }
                // SMALL: P at 0, 1, 3, 7; REUSED and guidance: L and P but the first: 1, 2, 3, 5, 7, 9
                assertEquals(4 + 6 + 6, read);
            }
        }
    }

    private static void assertDefined(AnchorReading reading, RunState before, RunState after, double sigma) {
        Source source = reading.source();
        Tensor v = after.lastVelocity().orElseThrow().unknown();
        Tensor w = after.anchor(source).orElseThrow().unknown();
        Optional<Anchor> anchor = before.anchor(source);
        assertEquals(sigma, reading.sigma());
        assertEquals(length(w) / length(v), reading.plainResidual(), 1e-9);
        assertEquals(anchor.isPresent(), reading.hasAnchor());
        if (anchor.isEmpty()) {
            return;
        }
        assertEquals(anchor.get().sigma(), reading.anchorSigma());
        for (double gain : new double[] {0, 0.7, 1}) {
            for (double share : new double[] {0, 0.5, 1}) {
                Tensor predicted = anchor.get().predict(Optional.empty(), sigma, gain, share);
                assertEquals(length(w.sub(predicted)) / length(v), reading.residual(gain, share), 1e-6);
            }
        }
    }

    private static double length(Tensor values) {
        return values.to(ScalarType.Double).norm().item_double();
    }

    @Test
    void aFirstProbeReadsThePlainResidualThatItsDivergenceSays() {
        ScriptedPolicy policy = new ScriptedPolicy("LPLP");
        Runs.of(spec(large, small, new EulerSolver(), 4).tracking(Set.of(Source.SMALL)), policy)
                .close();
        List<Reading> readings = policy.readings();
        assertEquals(List.of(), readings.get(0).sources());
        assertEquals(List.of(), readings.get(2).sources());
        AnchorReading first = readings.get(1).sources().get(0);
        assertFalse(first.hasAnchor());
        assertTrue(readings.get(3).sources().get(0).hasAnchor());
        for (int probe : new int[] {1, 3}) {
            assertEquals(
                    readings.get(probe).divergence().orElseThrow().relativeL2(),
                    readings.get(probe).sources().get(0).plainResidual(),
                    1e-6);
        }
    }

    @Test
    void nothingIsReadUnlessItIsTracked() {
        ScriptedPolicy policy = new ScriptedPolicy("PPLSRP");
        Runs.of(spec(large, small, new EulerSolver(), 6), policy).close();
        assertTrue(
                policy.readings().stream().allMatch(reading -> reading.sources().isEmpty()));
    }

    @Test
    void theConditionalPassIsCompletedByTheLastGuidanceDifference() {
        // Guidance moves both by the same, whatever the latents: its difference is constant.
        SamplingSpec spec = spec(
                new ClosedForm(100, (x, sigma, condition) -> ClosedForm.normalData(0.5, x, sigma)
                        .add(prompt(condition))),
                small,
                new UniPcSolver(2),
                8);
        float[] expected = Runs.latents(spec, "LLLLLLLL");
        try (SamplingRun run = Runs.of(spec.tracking(Set.of(Source.GUIDANCE_REUSED)), new ScriptedPolicy("LGGGLGGG"))) {
            assertEquals(0, distance(TensorData.toFloats(run.state().x()), expected), 1e-5);
            assertEquals(100, run.trace().steps().get(1).flops());
            assertEquals(200, run.trace().steps().get(4).flops());
        }
    }

    @Test
    void whatWasKnownOfSmallIsDroppedWhenItFails() {
        Solver solver = new EulerSolver();
        double failing = solver.schedule(6, 3).modelSigma(2);
        ClosedForm broken = new ClosedForm(10, (x, sigma, condition) -> {
            if (sigma == failing) {
                throw new IllegalStateException("out of memory");
            }
            return small.field().velocity(x, sigma, condition);
        });
        try (SamplingRun run = new SamplingRun(spec(large, broken, solver, 6), new ScriptedPolicy("LPSLLL", 1, 0))) {
            run.step();
            run.step();
            assertTrue(run.state().anchor(Source.SMALL).isPresent());
            run.step();
            assertTrue(run.state().anchor(Source.SMALL).isEmpty());
            assertEquals("LPL", run.trace().letters());
        }
    }

    @Test
    void aRunGoesOnFromItsSavedTensorsToTheSameBytes() {
        String letters = "LPSGRPPSRSGL";
        for (Solver solver : SOLVERS) {
            SamplingSpec spec = spec(large, small, solver, letters.length()).tracking(ALL);
            ScriptedPolicy whole = new ScriptedPolicy(letters, 0.9, 0.6);
            float[] expected = Runs.latents(spec, whole);
            for (int stop = 0; stop < letters.length(); stop++) {
                try (SamplingRun first = new SamplingRun(spec, new ScriptedPolicy(letters, 0.9, 0.6))) {
                    for (int step = 0; step < stop; step++) {
                        first.step();
                    }
                    ScriptedPolicy fresh = new ScriptedPolicy(letters, 0.9, 0.6);
                    first.trace().readings().forEach(fresh::observe);
                    SamplingSpec rest = spec.from(rebuilt(first.state()));
                    assertArrayEquals(expected, Runs.latents(rest, fresh), solver + " after step " + stop);
                    assertEquals(whole.readings(), fresh.readings());
                }
            }
        }
    }

    /** The same state from the numbers in its tensors. */
    private static RunState rebuilt(RunState state) {
        SolverState solver = new SolverState(
                copy(state.x()),
                state.solver().past().stream()
                        .map(past -> new SolverState.Past(past.sigma(), copy(past.x()), copy(past.data())))
                        .toList());
        Map<Source, Anchor> anchors = new HashMap<>();
        state.anchors().forEach((source, anchor) -> {
            Optional<Anchor.Earlier> earlier =
                    anchor.earlier().map(b -> new Anchor.Earlier(b.sigma(), copy(b.unknown())));
            anchors.put(source, new Anchor(anchor.by(), anchor.sigma(), copy(anchor.unknown()), earlier));
        });
        return new RunState(state.nextStep(), solver, anchors);
    }

    private static Tensor copy(Tensor tensor) {
        return TensorData.floats(TensorData.toFloats(tensor), TensorData.shape(tensor));
    }

    @Test
    void anchorsAndReadingsLeaveNoNativeMemoryBehind() {
        SamplingSpec spec =
                spec(large, small, new UniPcSolver(2), 8).tracking(ALL).measuringChange();
        Runs.of(spec, new ScriptedPolicy("LPSRGPSL", 1, 1)).close();
        long before = Pointer.totalCount();
        for (int run = 0; run < 20; run++) {
            Runs.of(spec, new ScriptedPolicy("LPSRGPSL", 1, 1)).close();
        }
        assertEquals(before, Pointer.totalCount());
    }
}
