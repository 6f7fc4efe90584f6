package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.flowblend.api.observe.WarmUp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private final SyntheticCatalog catalog = new SyntheticCatalog();
    private final List<Integer> begun = new CopyOnWriteArrayList<>();
    private final Semaphore reached = new Semaphore(0);
    private final Semaphore permits = new Semaphore(0);

    @Test
    void isNotReadyBeforeThePairIsWarm() throws InterruptedException {
        WarmUp warmUp = held();
        assertEquals(Optional.of(Map.of("synthetic", "cold")), warmUp.health().getData());
        assertEquals(Status.DOWN, warmUp.health().getStatus());

        warmUp.start();
        awaitStep();
        assertEquals(Status.DOWN, warmUp.health().getStatus());
        permits.release(2);
        warmUp.join();
        assertEquals(Status.UP, warmUp.health().getStatus());
        assertEquals(Optional.of(Map.of("synthetic", "warmed")), warmUp.health().getData());
        assertEquals(List.of(0, 1), begun);
    }

    @Test
    void isReadyThoughAPairCannotBeWarmed() throws InterruptedException {
        catalog.pipeline().warming = step -> {
            throw new IllegalStateException("out of memory");
        };
        WarmUp warmUp = new WarmUp(catalog, true);
        warmUp.start();
        warmUp.join();
        assertEquals(Status.UP, warmUp.health().getStatus());
        assertEquals(Optional.of(Map.of("synthetic", "failed")), warmUp.health().getData());
    }

    @Test
    void endsBetweenTwoStepsWhenTheServiceDoes() throws InterruptedException {
        WarmUp warmUp = held();
        warmUp.start();
        awaitStep();
        warmUp.close();
        permits.release(2);
        warmUp.join();
        assertEquals(List.of(0), begun);
        assertEquals(Status.DOWN, warmUp.health().getStatus());
    }

    @Test
    void doesNothingWhenItIsSwitchedOff() throws InterruptedException {
        catalog.pipeline().warming = begun::add;
        WarmUp warmUp = new WarmUp(catalog, false);
        warmUp.start();
        warmUp.join();
        assertEquals(Status.UP, warmUp.health().getStatus());
        assertEquals(List.of(), begun);
    }

    /** Its steps wait for {@link #permits}. */
    private WarmUp held() {
        catalog.pipeline().warming = step -> {
            begun.add(step);
            reached.release();
            permits.acquireUninterruptibly();
        };
        return new WarmUp(catalog, true);
    }

    private void awaitStep() throws InterruptedException {
        assertEquals(true, reached.tryAcquire(30, TimeUnit.SECONDS));
    }
}
