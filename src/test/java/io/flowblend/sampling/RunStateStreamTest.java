package io.flowblend.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.flowblend.calibration.Source;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunStateStreamTest {
    private static final List<Solver> SOLVERS = List.of(
            new EulerSolver(), new UniPcSolver(1), new UniPcSolver(2), new UniPcSolver(3), new DpmPlusPlusSolver());
    private static final List<String> RUNS = List.of("LLLLLLLL", "SSSSSSSS", "LPSRSPLL", "LLRRRLLL", "LPSSRLGL");

    private final TensorScope scope = TensorScope.open();
    private final Guidance guidance =
            Guidance.of(SeededNoise.tensor(2, 1, 4, 3), SeededNoise.tensor(3, 1, 4, 3), 3, true);
    private final Tensor noise = SeededNoise.tensor(1, 1, 2, 3, 4, 4);

    @AfterEach
    void free() {
        guidance.close();
        scope.close();
    }

    @Test
    void aRunThatIsTakenUpFromItsBytesEndsWithTheSameBytes() throws IOException {
        for (Solver solver : SOLVERS) {
            SamplingSpec spec = SamplingSpec.fromNoise(
                            ClosedForm.LARGE, ClosedForm.SMALL, guidance, solver.schedule(8, 3), solver, noise)
                    .tracking(Set.copyOf(Source.CHEAP));
            for (String letters : RUNS) {
                float[] undisturbed = Runs.latents(spec, letters);
                for (int stop = 1; stop < 8; stop++) {
                    assertArrayEquals(undisturbed, takenUp(spec, letters, stop), solver + " " + letters + " " + stop);
                }
            }
        }
    }

    private static float[] takenUp(SamplingSpec spec, String letters, int stop) throws IOException {
        byte[] kept;
        List<StepRecord> made;
        try (SamplingRun run = new SamplingRun(spec, new ScriptedPolicy(letters))) {
            for (int i = 0; i < stop; i++) {
                run.step();
            }
            made = run.trace().steps();
            kept = bytes(run.state());
        }
        RunState state = RunStateStream.read(new DataInputStream(new ByteArrayInputStream(kept)), Placement.CPU);
        assertEquals(stop, state.nextStep());
        try (SamplingRun run = SamplingRun.resumed(spec.from(state), new ScriptedPolicy(letters), made, 1)) {
            assertEquals(letters, run.finish().letters());
            return TensorData.toFloats(run.state().x());
        }
    }

    private static byte[] bytes(RunState state) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        RunStateStream.write(new DataOutputStream(bytes), state);
        return bytes.toByteArray();
    }

    @Test
    void keepsTypesLayoutAndEveryBit() throws IOException {
        Tensor turned = noise.to(ScalarType.BFloat16).permute(0, 2, 1, 3, 4);
        RunState read = RunStateStream.read(
                new DataInputStream(new ByteArrayInputStream(bytes(RunState.fresh(0, turned)))), Placement.CPU);
        assertEquals(ScalarType.BFloat16, read.x().scalar_type().intern());
        assertArrayEquals(TensorData.toFloats(turned), TensorData.toFloats(read.x()));
        assertEquals(turned.stride(1), read.x().stride(1));
    }

    @Test
    void refusesWhatIsCutOff() throws IOException {
        byte[] whole = bytes(RunState.fresh(3, noise));
        for (int length : new int[] {0, 3, 20, 60, whole.length - 1}) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(
                    IOException.class,
                    () -> RunStateStream.read(new DataInputStream(new ByteArrayInputStream(cut)), Placement.CPU));
        }
    }
}
