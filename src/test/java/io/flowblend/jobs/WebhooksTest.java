package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.agroal.api.AgroalDataSource;
import io.flowblend.jobs.Webhooks.UndeliveredException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // webhooks are told while they are open
class WebhooksTest {
    /** Polls often; no task is taken for dead on a machine that is slow. */
    private static final JobSettings PATIENT = new JobSettings(
            20,
            0,
            0,
            Duration.ofDays(1),
            Duration.ofSeconds(30),
            Duration.ofMillis(50),
            Duration.ofSeconds(10),
            0,
            false);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final List<String> told = new CopyOnWriteArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private Service service;

    @SuppressWarnings("NullAway.Init")
    private AgroalDataSource pool;

    @BeforeEach
    void open() {
        service = Service.open(folder, PATIENT);
        pool = DatabaseFile.open(folder);
    }

    @AfterEach
    void close() {
        service.close();
        pool.close();
    }

    private VideoJob submit(String url) {
        return service.jobs.submit(new Submission(
                Service.OWNER,
                SteppedPipeline.request("a red three"),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.of(url)));
    }

    private Webhooks webhooks(Webhooks.Sender sender) {
        Webhooks webhooks = new Webhooks(pool, sender, PATIENT, Clock.systemUTC(), Duration.ZERO);
        webhooks.start();
        return webhooks;
    }

    private int rows() {
        return new Jdbc(pool)
                .query(row -> row.getInt(1), "select count(*) from webhooks")
                .get(0);
    }

    @Test
    void triesAgainUntilItIsToldAndThenNoMore() throws Exception {
        VideoJob job = submit("https://example.com/a");
        try (Webhooks webhooks = webhooks((ended, url) -> {
            told.add(ended.id() + " " + ended.status() + " " + url);
            if (told.size() < 4) {
                throw new UndeliveredException("example.com answered 500");
            }
        })) {
            Service.await(() -> rows() == 0);
        }
        assertEquals(Collections.nCopies(4, job.id() + " COMPLETED https://example.com/a"), told);
    }

    @Test
    void givesUpAfterEightAttempts() throws Exception {
        submit("https://example.com/a");
        try (Webhooks webhooks = webhooks((ended, url) -> {
            told.add(url);
            throw new UndeliveredException("example.com answered 500");
        })) {
            Service.await(() -> rows() == 0);
        }
        assertEquals(8, told.size());
    }

    @Test
    void tellsNothingBeforeTheEndAndNothingOfADeletedVideo() throws Exception {
        service.pipeline.hold();
        VideoJob running = submit("https://example.com/running");
        VideoJob deleted = submit("https://example.com/deleted");
        try (Webhooks webhooks = webhooks((ended, url) -> told.add(url))) {
            service.jobs.delete(deleted.owner(), deleted.id());
            Thread.sleep(300);
            assertEquals(List.of(), told);
            service.pipeline.release();
            Service.await(() -> service.get(running).isFinal());
            Service.await(() -> rows() == 0);
        }
        assertEquals(List.of("https://example.com/running"), told);
    }

    @Test
    void whatWasNotToldWhenTheProcessEndedIsToldByTheNext() throws Exception {
        submit("https://example.com/a");
        try (Webhooks webhooks = webhooks((ended, url) -> {
            told.add("first");
            throw new IllegalStateException("the process is about to end");
        })) {
            Service.await(() -> !told.isEmpty());
        }
        try (Webhooks webhooks = webhooks((ended, url) -> told.add("second"))) {
            Service.await(() -> rows() == 0);
        }
        assertEquals("second", told.get(told.size() - 1));
    }
}
