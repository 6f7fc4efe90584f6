package io.flowblend.pipeline;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.evidence.Calibrations;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.request.VideoRequest;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfile;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What a pipeline knows of its pair: what the store says or, while the store fails, what it said last. So a failing store
 * costs readings, never a video. What a request teaches about a pair that is ADAPTIVE is taken in on a thread of its own, and
 * the calibration derived there, so that no request waits for it.
 */
final class CachedEvidence implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CachedEvidence.class.getName());

    private final EvidenceStore store;
    private final String pair;
    private final String fingerprint;
    private final Function<VideoRequest, Conditions> conditions;
    private final Calibrations calibrations = new Calibrations();
    private final ExecutorService behind = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "evidence");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Optional<PairEvidence> last;

    /**
     * @param fingerprint of the models as loaded
     * @param conditions under what a request runs
     * @throws io.flowblend.file.InvalidFileException if what is stored cannot be used
     */
    CachedEvidence(
            EvidenceStore store, String pair, String fingerprint, Function<VideoRequest, Conditions> conditions) {
        this.store = store;
        this.pair = pair;
        this.fingerprint = fingerprint;
        this.conditions = conditions;
        this.last = store.find(pair);
    }

    private Optional<PairEvidence> now() {
        try {
            last = store.find(pair);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "The evidence about " + pair + " cannot be read; the last is used", e);
        }
        return last;
    }

    /** State of the pair where most is known; DRIFTED if the evidence is of other models. */
    PairState state() {
        return now().map(known -> known.fits(fingerprint) ? known.state() : PairState.DRIFTED)
                .orElse(PairState.COLD);
    }

    /** State under a request's conditions. */
    PairState state(VideoRequest request) {
        return now().map(known -> known.state(conditions.apply(request))).orElse(PairState.COLD);
    }

    /** What follows from the evidence under a request's conditions. */
    Optional<Calibration> calibration(VideoRequest request) {
        return now().map(known -> calibrations.of(known, conditions.apply(request)));
    }

    /** The stored profile that was found for the pair, if one was. */
    Optional<StoredProfile> storedProfile() {
        return now().flatMap(PairEvidence::storedProfile);
    }

    /** Takes in what one finished request told. */
    void learn(RequestReadings readings, Profiles.InForce profiles) {
        if (readings.isEmpty()) {
            return;
        }
        TuningProfile.Learning limits = profiles.active().learning();
        LearningRules rules =
                new LearningRules(limits.minSamples(), limits.minSupport(), limits.memory(), limits.driftEvidence());
        boolean mayWait = last.filter(known -> known.state(readings.conditions()) == PairState.ADAPTIVE)
                .isPresent();
        if (mayWait) {
            behind.execute(() -> learn(readings, rules));
        } else {
            learn(readings, rules);
        }
    }

    private void learn(RequestReadings readings, LearningRules rules) {
        try {
            PairEvidence known = store.update(
                    pair, before -> before.boundTo(fingerprint, readings.at()).learned(readings, rules));
            calibrations.of(known, readings.conditions());
            last = Optional.of(known);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "Readings of " + pair + " are lost: they could not be stored", e);
        }
    }

    /** Waits for what is taken in. */
    @Override
    public void close() {
        behind.shutdown();
        try {
            if (!behind.awaitTermination(10, TimeUnit.SECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "Readings of {0} are lost: the store takes too long", pair);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
