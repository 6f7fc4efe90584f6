package io.flowblend.api.observe;

import io.flowblend.jobs.VideoQueue;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.tensor.Devices;
import io.flowblend.tuning.Profiles;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/** Health: alive while it answers, ready while at least one pair is loaded and none is still cold. */
@ApplicationScoped
public class HealthChecks {
    /** On no thread of the workers, so that it answers however busy they are. */
    @Produces
    @Liveness
    AsyncHealthCheck alive() {
        return () -> Uni.createFrom().item(HealthCheckResponse.up("service"));
    }

    /** Not ready while the database cannot be written to or the disk is full; ready again once it can. */
    @Produces
    @Readiness
    HealthCheck storage(VideoQueue queue) {
        return () -> storage(queue.storageProblem());
    }

    static HealthCheckResponse storage(Optional<String> problem) {
        return upUnless("storage", "problem", problem);
    }

    @Produces
    @Readiness
    HealthCheck pairs(PipelineCatalog catalog) {
        return () -> {
            HealthCheckResponseBuilder response = HealthCheckResponse.named("pairs");
            catalog.all()
                    .forEach(pipeline -> response.withData(
                            pipeline.spec().id(), pipeline.state().name()));
            for (PipelineCatalog.Refusal refusal : catalog.refused()) {
                // A folder with the id of a pair that is served says nothing about that pair.
                String name = catalog.find(refusal.pair()).isPresent()
                        ? refusal.pair() + " (another folder)"
                        : refusal.pair();
                response.withData(name, "refused: " + refusal.reason());
            }
            return response.status(!catalog.all().isEmpty()).build();
        };
    }

    /** Not ready before every pair is warm or known not to be. */
    @Produces
    @Readiness
    HealthCheck warmUp(WarmUp warmUp) {
        return warmUp::health;
    }

    /** Not ready once a GPU has stopped answering, which only a new process mends. */
    @Produces
    @Readiness
    HealthCheck devices() {
        return () -> devices(Devices.lost());
    }

    static HealthCheckResponse devices(Optional<String> lost) {
        return upUnless("devices", "lost", lost);
    }

    private static HealthCheckResponse upUnless(String name, String key, Optional<String> reason) {
        HealthCheckResponseBuilder response = HealthCheckResponse.named(name);
        reason.ifPresent(told -> response.withData(key, told));
        return response.status(reason.isEmpty()).build();
    }

    /** Always ready: where a changed file is not valid, the profiles that were in force still are. */
    @Produces
    @Readiness
    HealthCheck profiles(Profiles profiles) {
        return () -> {
            HealthCheckResponseBuilder response = HealthCheckResponse.named("profiles")
                    .withData("active", profiles.inForce().active().name());
            profiles.problem().ifPresent(problem -> response.withData("refused", problem));
            return response.up().build();
        };
    }
}
