package io.flowblend.api.observe;

import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.Profiles.Reload;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Looks every two seconds whether the files of the tuning profiles have changed, and counts what comes of it. */
@ApplicationScoped
public class ProfileWatch {
    private static final Logger LOG = Logger.getLogger(ProfileWatch.class);
    private static final int SECONDS = 2;

    private final Profiles profiles;
    private final MeterRegistry registry;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "profiles");
        thread.setDaemon(true);
        return thread;
    });

    private Future<?> looking = CompletableFuture.completedFuture(null);

    ProfileWatch(Profiles profiles, MeterRegistry registry) {
        this.profiles = profiles;
        this.registry = registry;
    }

    void start(@Observes StartupEvent event) {
        Gauge.builder("flowblend.profiles.stale", profiles, p -> p.problem().isPresent() ? 1 : 0)
                .description("1 while the files of the tuning profiles are not in force because one is not valid")
                .register(registry);
        count(Reload.TAKEN, 0);
        count(Reload.REFUSED, 0);
        looking = timer.scheduleWithFixedDelay(this::lookSafely, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        looking.cancel(false);
        timer.shutdown();
    }

    /** Looks now. */
    public void look() {
        Reload reload = profiles.reload();
        if (reload != Reload.UNCHANGED) {
            count(reload, 1);
        }
    }

    /** An exception would end the timer. */
    private void lookSafely() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.error("The files of the tuning profiles could not be looked at", e);
        }
    }

    private void count(Reload reload, int times) {
        Counter.builder("flowblend.profiles.reloads")
                .description("Changes of the tuning profiles' files, by whether all were valid and taken")
                .tag("outcome", reload.name().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment(times);
    }
}
