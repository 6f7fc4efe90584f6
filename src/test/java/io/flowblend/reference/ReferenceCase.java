package io.flowblend.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.model.lora.Lora;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * One folder of reference tensors: {@code case.json} says how it was called, {@code case.safetensors} holds the values. Models
 * run on the CPU in float32, or as {@code -Dflowblend.reference.device} and {@code -Dflowblend.reference.dtype} say; the
 * tolerances are wider then.
 */
record ReferenceCase(Path folder, JsonNode note, Weights tensors) implements AutoCloseable {
    static final Placement PLACEMENT = Placement.of(
            System.getProperty("flowblend.reference.device", "cpu"),
            System.getProperty("flowblend.reference.dtype", "float32"));

    /** Another device adds up in another order, bfloat16 has 8 bits. */
    private static final double LEAST_TOLERANCE = PLACEMENT.narrow() ? 2e-2 : PLACEMENT.onGpu() ? 1e-4 : 0;

    static ReferenceCase open(Path folder) throws IOException {
        return new ReferenceCase(
                folder,
                new ObjectMapper().readTree(folder.resolve("case.json").toFile()),
                Weights.open(folder.resolve("case.safetensors")));
    }

    /** The LoRA file of the case, if it has one. */
    List<Lora> loras() {
        Path file = folder.resolve("lora.safetensors");
        return Files.exists(file) ? List.of(new Lora(file, note.path("strength").asDouble())) : List.of();
    }

    String name() {
        return folder.getFileName().toString();
    }

    Tensor tensor(String name) {
        return tensors.tensor(name);
    }

    /** {@code tolerance}, which holds for float32 on the CPU, or more. */
    static double onThisPlacement(double tolerance) {
        return Math.max(tolerance, LEAST_TOLERANCE);
    }

    void assertNear(String name, Tensor actual, double tolerance) {
        assertNear(name, actual, tensor(name), tolerance);
    }

    void assertNear(String name, Tensor actual, Tensor expected, double tolerance) {
        double error = TensorData.relativeL2(Placement.CPU.moved(actual), expected);
        System.out.printf("parity %s %s %.1e%n", name(), name, error);
        assertTrue(error <= onThisPlacement(tolerance), () -> name() + ": relative L2 of '" + name + "' is " + error);
    }

    @Override
    public void close() {
        tensors.close();
    }
}
