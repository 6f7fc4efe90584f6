package io.flowblend.api;

import io.flowblend.api.observe.ObservedCalibrations;
import io.flowblend.api.observe.PairMetrics;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.experiment.DigitPrompts;
import io.flowblend.jobs.BackgroundLearning;
import io.flowblend.jobs.DatabaseCalibrations;
import io.flowblend.jobs.JobSettings;
import io.flowblend.jobs.RecentPrompts;
import io.flowblend.jobs.VideoQueue;
import io.flowblend.learning.CalibrationPlan;
import io.flowblend.learning.Calibrator;
import io.flowblend.learning.CatalogCalibrator;
import io.flowblend.learning.IdleLearning;
import io.flowblend.learning.LearningSettings;
import io.flowblend.learning.MeasurementLog;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.tuning.Profiles;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;

/** Makes the parts that learn about the pairs. */
@ApplicationScoped
public class LearningWiring {
    /** What is known about the pairs, in the database; it begins with what is shipped. */
    @Produces
    @Singleton
    EvidenceStore calibrations(DataSource database, MeterRegistry registry) {
        return new ObservedCalibrations(
                new DatabaseCalibrations(database, ShippedEvidence.packaged(), Clock.systemUTC()), registry);
    }

    @Produces
    @Singleton
    PairMetrics pairMetrics(EvidenceStore calibrations, PipelineCatalog catalog, MeterRegistry registry) {
        PairMetrics metrics = new PairMetrics(calibrations, registry);
        catalog.all().forEach(metrics::watch);
        return metrics;
    }

    @Produces
    @Singleton
    CatalogCalibrator course(
            PipelineCatalog catalog, EvidenceStore calibrations, Profiles profiles, DataSource database) {
        RecentPrompts recent = new RecentPrompts(database);
        return new CatalogCalibrator(
                catalog::find,
                calibrations,
                (pair, most) -> {
                    List<String> examples = DigitPrompts.examples(pair, most);
                    return examples.isEmpty() ? recent.of(pair, most) : examples;
                },
                () -> LearningSettings.rules(profiles.inForce().active().learning()),
                Clock.systemUTC());
    }

    void unload(@Disposes CatalogCalibrator course) {
        course.close();
    }

    @Produces
    @Singleton
    IdleLearning idleLearning(EvidenceStore calibrations, Profiles profiles) {
        return new IdleLearning(
                calibrations, () -> LearningSettings.of(profiles.inForce().active()), Clock.systemUTC());
    }

    void unload(@Disposes IdleLearning idle) {
        idle.close();
    }

    /** Learns between the videos, from the start of the service to its end. */
    @Produces
    @Startup
    @Singleton
    BackgroundLearning backgroundLearning(
            FlowBlendConfig config,
            DataSource database,
            Calibrator course,
            IdleLearning idle,
            VideoQueue videos,
            PairMetrics metrics) {
        BackgroundLearning learning = new BackgroundLearning(
                database,
                timed(course, metrics),
                giveWay -> learnOnce(idle, giveWay, metrics),
                videos::isBusy,
                JobSettings.DEFAULTS,
                Clock.systemUTC());
        if (config.role() != FlowBlendConfig.Role.API) {
            learning.start();
        }
        return learning;
    }

    /** While the database is still there. */
    void stop(@Observes ShutdownEvent shutdown, BackgroundLearning learning) {
        learning.close();
    }

    private static boolean learnOnce(IdleLearning idle, BooleanSupplier giveWay, PairMetrics metrics) {
        var time = idle.learnOnce(giveWay);
        time.ifPresent(taken -> metrics.learned(taken.toNanos()));
        return time.isPresent();
    }

    private static Calibrator timed(Calibrator course, PairMetrics metrics) {
        return new Calibrator() {
            @Override
            public CalibrationPlan complete(CalibrationPlan plan) {
                return course.complete(plan);
            }

            @Override
            public Progress advance(CalibrationPlan plan, MeasurementLog notebook, BooleanSupplier giveWay) {
                long start = System.nanoTime();
                try {
                    return course.advance(plan, notebook, giveWay);
                } finally {
                    metrics.learned(System.nanoTime() - start);
                }
            }
        };
    }
}
