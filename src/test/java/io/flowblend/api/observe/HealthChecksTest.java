package io.flowblend.api.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.Test;

class HealthChecksTest {
    @Test
    void isNotReadyWithAGpuThatStoppedAnswering() {
        HealthCheckResponse response =
                HealthChecks.devices(Optional.of("cuda:1: CUDA error: an illegal memory access was encountered"));
        assertEquals(HealthCheckResponse.Status.DOWN, response.getStatus());
        assertEquals(
                Map.of("lost", "cuda:1: CUDA error: an illegal memory access was encountered"),
                response.getData().orElseThrow());
        assertEquals(
                HealthCheckResponse.Status.UP,
                HealthChecks.devices(Optional.empty()).getStatus());
    }

    @Test
    void isNotReadyWhileNothingCanBeStored() {
        HealthCheckResponse down = HealthChecks.storage(Optional.of("the database does not answer"));
        assertEquals(HealthCheckResponse.Status.DOWN, down.getStatus());
        assertEquals(
                Map.of("problem", "the database does not answer"),
                down.getData().orElseThrow());
        assertEquals(
                HealthCheckResponse.Status.UP,
                HealthChecks.storage(Optional.empty()).getStatus());
    }
}
