package io.flowblend.evidence;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.SourceModel;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Derives calibrations from evidence, once a version, and keeps them. What takes long, the fit to the twin runs, is done
 * again only when the bucket's twin runs are others. So whoever adds twin runs calls {@link #of} afterwards, and no request
 * waits for a fit. Safe to use from several threads.
 */
public final class Calibrations {
    private final Map<String, Derived> byPair = new ConcurrentHashMap<>();

    /** What was derived from one version of a pair's evidence; the fits outlive it. */
    private record Derived(PairEvidence evidence, Map<String, Calibration> byBucket, Map<String, Fitted> fits) {}

    private record Fitted(List<TwinRun> own, List<TwinRun> others, SourceFit fit) {}

    /** The calibration of the bucket that most requests were read in. */
    public Calibration of(PairEvidence evidence) {
        return of(evidence, evidence.mainBucket());
    }

    /**
     * The calibration under certain conditions. Where nothing was read under them it has the sources of the main bucket and
     * can promise nothing.
     */
    public Calibration of(PairEvidence evidence, Conditions conditions) {
        return of(evidence, conditions.bucket());
    }

    @SuppressWarnings("ReferenceEquality") // another value is another version
    private Calibration of(PairEvidence evidence, String bucket) {
        Derived derived = byPair.compute(
                evidence.pair(),
                (pair, kept) -> kept != null && kept.evidence == evidence
                        ? kept
                        : new Derived(
                                evidence,
                                new ConcurrentHashMap<>(),
                                kept == null ? new ConcurrentHashMap<>() : kept.fits));
        return derived.byBucket.computeIfAbsent(bucket, name -> derive(derived, name));
    }

    private static Calibration derive(Derived derived, String name) {
        PairEvidence evidence = derived.evidence;
        boolean isRead = evidence.bucket(name).requests() > 0;
        String from = isRead ? name : evidence.mainBucket();
        BucketEvidence bucket = evidence.bucket(from);
        Fitted fitted = derived.fits.compute(from, (key, kept) -> fitted(evidence, key, kept));
        List<SourceModel> sources = new ArrayList<>();
        for (Source source : Source.CHEAP) {
            SourceEvidence seen = bucket.sources().getOrDefault(source, SourceEvidence.NONE);
            if (seen.isRead()) {
                sources.add(SourceModels.of(source, seen, fitted.fit.law(source)));
            }
        }
        return new Calibration(
                evidence.pair(),
                evidence.fingerprint(),
                origin(bucket, name, isRead, fitted),
                sources,
                Math.max(1e-6, Math.min(100, fitted.fit.ceiling())),
                isRead ? evidence.promiseCurve(name) : PromiseCurve.NONE,
                evidence.storedProfile());
    }

    /** Twin runs under other conditions make the prior of the bucket's own. */
    private static Fitted fitted(PairEvidence evidence, String name, @Nullable Fitted kept) {
        long since = evidence.bucket(name).since();
        List<TwinRun> own = twins(evidence, name, true, since);
        List<TwinRun> others = twins(evidence, name, false, since);
        return kept != null && kept.own.equals(own) && kept.others.equals(others)
                ? kept
                : new Fitted(own, others, SourceFit.prior().fitted(others).fitted(own));
    }

    private static List<TwinRun> twins(PairEvidence evidence, String bucket, boolean own, long since) {
        return evidence.twins().stream()
                .filter(twin -> twin.at() >= since && twin.conditions().bucket().equals(bucket) == own)
                .toList();
    }

    private static Calibration.Origin origin(BucketEvidence bucket, String name, boolean isRead, Fitted fitted) {
        int twins = fitted.own.size() + fitted.others.size();
        String sensitivity = twins == 0 ? "a prior" : "a prior moved by " + twins + " twin runs";
        String method = isRead
                ? "readings of " + bucket.requests() + " requests; sensitivity: " + sensitivity
                : "nothing read under these conditions: as under others of the pair; no promise";
        return new Calibration.Origin(
                method,
                LocalDate.ofEpochDay(Math.min(bucket.until(), 200_000_000_000L) / 86_400)
                        .toString(),
                (int) Math.min(Integer.MAX_VALUE, bucket.requests()),
                Conditions.guidanceOf(name));
    }
}
