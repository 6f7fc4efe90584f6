package io.flowblend.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/** One folder of reference tensors: {@code case.json} says how it was called, {@code case.safetensors} holds the values. */
record ReferenceCase(Path folder, JsonNode note, Weights tensors) implements AutoCloseable {
    static ReferenceCase open(Path folder) throws IOException {
        return new ReferenceCase(
                folder,
                new ObjectMapper().readTree(folder.resolve("case.json").toFile()),
                Weights.open(folder.resolve("case.safetensors")));
    }

    String name() {
        return folder.getFileName().toString();
    }

    Tensor tensor(String name) {
        return tensors.tensor(name);
    }

    void assertNear(String name, Tensor actual, double tolerance) {
        double error = TensorData.relativeL2(actual, tensor(name));
        System.out.printf("parity %s %s %.1e%n", name(), name, error);
        assertTrue(error <= tolerance, () -> name() + ": relative L2 of '" + name + "' is " + error);
    }

    @Override
    public void close() {
        tensors.close();
    }
}
