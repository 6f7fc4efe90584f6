package io.flowblend.jobs;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Brings a database back that closed itself. H2 does so when a write fails, for want of space for example, and stays closed as
 * long as any connection to it is open: so all of them are let go, and the next one opens it anew.
 */
final class StorageGuard implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StorageGuard.class.getName());

    private final Runnable write;
    private final Runnable reopen;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "storage");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean failing;

    /**
     * @param write fails while the database cannot be written to
     * @param reopen closes all connections to the database
     */
    StorageGuard(Runnable write, Runnable reopen) {
        this.write = write;
        this.reopen = reopen;
    }

    void start(Duration interval) {
        Future<?> unused = timer.scheduleWithFixedDelay(
                this::look, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            write.run();
            if (failing) {
                failing = false;
                LOG.log(System.Logger.Level.INFO, "The database can be written to again");
            }
        } catch (RuntimeException e) {
            failing = true;
            LOG.log(System.Logger.Level.ERROR, "The database cannot be written to: {0}", e.getMessage());
            try {
                reopen.run();
            } catch (RuntimeException unopened) {
                LOG.log(System.Logger.Level.DEBUG, "The connections could not be closed", unopened);
            }
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
