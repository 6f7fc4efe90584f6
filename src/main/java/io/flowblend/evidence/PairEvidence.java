package io.flowblend.evidence;

import io.flowblend.calibration.PairState;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.divergence.Moments;
import io.flowblend.evidence.Transition.Cause;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that was measured about a pair, as numbers that JSON can hold. Immutable; what two workers learned apart can be
 * merged. {@link Calibrations} derives from it what a controller reads.
 *
 * <p>The rules by which a bucket moves (every move leaves a {@link Transition}):
 *
 * <ul>
 *   <li>COLD to LEARNING with its first readings;
 *   <li>LEARNING to ADAPTIVE when {@code minSamples} requests have read each source in every sigma bin that runs pass, and
 *       {@code minSupport} promise samples of one step class and source mix are there;
 *   <li>ADAPTIVE to DRIFTED when the drift of a source's readings or of the audits passes {@code driftEvidence};
 *   <li>DRIFTED to LEARNING with the next readings, from which the bucket begins anew.
 * </ul>
 *
 * @param pair id of the pair
 * @param fingerprint of both models' weights and configs; empty = not bound to certain weights
 * @param storedProfile the LSL schedule found best for the pair, where one was
 * @param buckets by {@link Conditions#bucket}
 * @param twins the last of them
 * @param promises the last of them of each bucket, step count and mix
 * @param audits the last of them
 * @param history the last transitions, oldest first
 */
public record PairEvidence(
        String pair,
        String fingerprint,
        Optional<StoredProfile> storedProfile,
        Map<String, BucketEvidence> buckets,
        List<TwinRun> twins,
        List<PromiseSample> promises,
        List<Audit> audits,
        List<Transition> history) {
    /** Twin runs and audits that are kept; older ones make room. */
    public static final int KEPT = 384;

    /** Promise samples that are kept of one bucket, step count and mix. */
    public static final int KEPT_PROMISES = 384;

    /** Transitions that are kept. */
    public static final int KEPT_HISTORY = 64;

    /** How fast audits move the coverage (adaptive conformal inference, Gibbs and Candes 2021: their gamma and alpha). */
    private static final double ADAPTATION = 0.01;

    private static final double MISSES = 0.05;

    public PairEvidence {
        if (!pair.matches("[a-z0-9][a-z0-9._-]*")) {
            throw new IllegalArgumentException("pair must be an id of a-z, 0-9, '.', '_', '-', not '" + pair + "'");
        }
        buckets = Map.copyOf(new TreeMap<>(buckets));
        twins = last(twins, KEPT);
        promises = lastOfEach(promises);
        audits = last(audits, KEPT);
        history = last(history, KEPT_HISTORY);
    }

    private static <T> List<T> last(List<T> list, int most) {
        return List.copyOf(list.subList(Math.max(0, list.size() - most), list.size()));
    }

    private record PromiseKind(String bucket, int steps, String mix) {
        static PromiseKind of(PromiseSample sample) {
            return new PromiseKind(
                    sample.bucket(), sample.sample().steps(), sample.sample().mix());
        }
    }

    private static List<PromiseSample> lastOfEach(List<PromiseSample> samples) {
        Map<PromiseKind, Integer> excess = new HashMap<>();
        samples.forEach(sample -> excess.merge(PromiseKind.of(sample), 1, Integer::sum));
        excess.replaceAll((kind, count) -> count - KEPT_PROMISES);
        return samples.stream()
                .filter(sample -> excess.merge(PromiseKind.of(sample), -1, Integer::sum) < 0)
                .toList();
    }

    /** Nothing is known: COLD. */
    public static PairEvidence unknown(String pair, String fingerprint) {
        return new PairEvidence(
                pair, fingerprint, Optional.empty(), Map.of(), List.of(), List.of(), List.of(), List.of());
    }

    /** Whether it was learned with these models, as far as it is bound to any. */
    public boolean fits(String modelsFingerprint) {
        return fingerprint.isEmpty() || fingerprint.equals(modelsFingerprint);
    }

    /**
     * The same for the models as they are loaded: what is not bound yet is bound to them; what was learned with others is
     * set aside, but for the stored profile's fractions and the history.
     *
     * @param at seconds since 1970
     */
    public PairEvidence boundTo(String modelsFingerprint, long at) {
        if (fingerprint.equals(modelsFingerprint)) {
            return this;
        }
        if (fits(modelsFingerprint)) {
            return new PairEvidence(pair, modelsFingerprint, storedProfile, buckets, twins, promises, audits, history);
        }
        List<Transition> told = new ArrayList<>(history);
        new TreeMap<>(buckets)
                .forEach((name, bucket) ->
                        told.add(transition(at, name, bucket, PairState.COLD, Cause.STALE_FINGERPRINT, 0, 0)));
        Optional<StoredProfile> unmeasured = storedProfile.map(profile ->
                new StoredProfile(profile.early(), profile.late(), OptionalDouble.empty(), 1, profile.origin()));
        return new PairEvidence(pair, modelsFingerprint, unmeasured, Map.of(), List.of(), List.of(), List.of(), told);
    }

    /** With another stored profile. */
    public PairEvidence withStoredProfile(StoredProfile profile) {
        return new PairEvidence(pair, fingerprint, Optional.of(profile), buckets, twins, promises, audits, history);
    }

    /** With the readings of one finished request. */
    public PairEvidence learned(RequestReadings request, LearningRules rules) {
        if (request.isEmpty()) {
            return this;
        }
        String name = request.conditions().bucket();
        BucketEvidence before = bucket(name);
        BucketEvidence from = before;
        List<Transition> told = new ArrayList<>(history);
        if (before.state() == PairState.DRIFTED) {
            from = BucketEvidence.anew(request.at());
            told.add(transition(request.at(), name, before, PairState.LEARNING, Cause.RELEARNING, 0, 0));
        }
        Map<String, BucketEvidence> next = new LinkedHashMap<>(buckets);
        int steps = request.conditions().steps();
        boolean comparable = promiseSamples(name).stream().anyMatch(sample -> sample.steps() <= steps);
        next.put(name, from.learned(request, rules, comparable));
        return new PairEvidence(pair, fingerprint, storedProfile, next, twins, promises, audits, told)
                .judged(request.at(), rules);
    }

    /** With further twin runs and promise samples. */
    public PairEvidence learned(
            List<TwinRun> moreTwins, List<PromiseSample> morePromises, long at, LearningRules rules) {
        return new PairEvidence(
                        pair,
                        fingerprint,
                        storedProfile,
                        buckets,
                        plus(twins, moreTwins),
                        plus(promises, morePromises),
                        audits,
                        history)
                .judged(at, rules);
    }

    /** With one more audit. */
    public PairEvidence learned(Audit audit, LearningRules rules) {
        String name = audit.conditions().bucket();
        BucketEvidence bucket = bucket(name);
        Moments usual = Moments.NONE;
        for (PromiseCurve.Sample sample : promiseSamples(name)) {
            usual = sample.mix().equals(audit.mix()) ? usual.plus(logRatio(sample)) : usual;
        }
        Map<String, BucketEvidence> next = new LinkedHashMap<>(buckets);
        next.put(name, bucket.audited(logRatio(audit.sample().sample()), usual));
        return new PairEvidence(
                        pair, fingerprint, storedProfile, next, twins, promises, plus(audits, List.of(audit)), history)
                .judged(audit.at(), rules);
    }

    private static double logRatio(PromiseCurve.Sample sample) {
        return Math.log(Math.max(1e-6, sample.actual() / sample.predicted()));
    }

    private static <T> List<T> plus(List<T> list, List<T> more) {
        return Stream.concat(list.stream(), more.stream()).toList();
    }

    /** Every bucket in the state that the evidence gives it. */
    private PairEvidence judged(long at, LearningRules rules) {
        Map<String, BucketEvidence> next = new LinkedHashMap<>(buckets);
        List<Transition> told = new ArrayList<>(history);
        new TreeMap<>(buckets)
                .forEach((name, bucket) -> verdict(at, name, bucket, rules).ifPresent(transition -> {
                    told.add(transition);
                    next.put(name, bucket.in(transition.to()));
                }));
        return new PairEvidence(pair, fingerprint, storedProfile, next, twins, promises, audits, told);
    }

    private Optional<Transition> verdict(long at, String name, BucketEvidence bucket, LearningRules rules) {
        double limit = rules.driftEvidence();
        double readings = bucket.readingDrift();
        double upwards = bucket.auditDrift().up();
        return switch (bucket.state()) {
            case COLD -> Optional.of(bucket)
                    .filter(read -> read.requests() > 0)
                    .map(read -> transition(at, name, read, PairState.LEARNING, Cause.FIRST_READINGS, 1, 1));
            case LEARNING -> Optional.of(bucket)
                    .filter(read -> read.fewestReadings() >= rules.minSamples() && support(name) >= rules.minSupport())
                    .map(read -> transition(
                            at,
                            name,
                            read,
                            PairState.ADAPTIVE,
                            Cause.ENOUGH_EVIDENCE,
                            (double) read.fewestReadings(),
                            rules.minSamples()));
            case ADAPTIVE -> readings > limit
                    ? Optional.of(
                            transition(at, name, bucket, PairState.DRIFTED, Cause.DRIFT_OF_READINGS, readings, limit))
                    : Optional.of(bucket)
                            .filter(read -> upwards > limit)
                            .map(read -> transition(
                                    at, name, read, PairState.DRIFTED, Cause.DRIFT_OF_AUDITS, upwards, limit));
            case DRIFTED -> Optional.empty();
        };
    }

    /** Most promise samples of one step count and mix. */
    private long support(String bucket) {
        return promiseSamples(bucket).stream()
                .collect(Collectors.groupingBy(sample -> sample.steps() + sample.mix(), Collectors.counting()))
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }

    /** What predictions came to in a bucket since its learning began, audits included. */
    List<PromiseCurve.Sample> promiseSamples(String bucket) {
        long since = bucket(bucket).since();
        return Stream.concat(promises.stream(), auditsOf(bucket).stream().map(Audit::sample))
                .filter(sample -> sample.bucket().equals(bucket) && sample.at() >= since)
                .map(PromiseSample::sample)
                .toList();
    }

    /** Audits of a bucket since its learning began. */
    public List<Audit> auditsOf(String bucket) {
        long since = bucket(bucket).since();
        return audits.stream()
                .filter(audit ->
                        audit.at() >= since && audit.conditions().bucket().equals(bucket))
                .toList();
    }

    /**
     * The curve that promises are read off in a bucket. Each audit moves the coverage: up by .0095 for a promise that was
     * broken, down by .0005 for one that was kept, so that it stands still while one in 20 is broken.
     */
    PromiseCurve promiseCurve(String bucket) {
        double shift = 0;
        for (Audit audit : auditsOf(bucket)) {
            double moved = shift + ADAPTATION * ((audit.kept() ? 0 : 1) - MISSES);
            shift = Math.max(-0.5, Math.min(0.05, moved));
        }
        return new PromiseCurve(promiseSamples(bucket), shift);
    }

    private Transition transition(
            long at, String name, BucketEvidence bucket, PairState to, Cause cause, double statistic, double limit) {
        return new Transition(
                at,
                name,
                bucket.state(),
                to,
                cause,
                cause == Cause.DRIFT_OF_READINGS ? bucket.mostDrifted() : Optional.empty(),
                bucket.requests(),
                promiseSamples(name).size(),
                auditsOf(name).size(),
                statistic,
                limit);
    }

    /** The same without what was measured in a bucket; the history stays. */
    public PairEvidence without(String bucket) {
        Map<String, BucketEvidence> others = new LinkedHashMap<>(buckets);
        others.remove(bucket);
        return new PairEvidence(
                pair,
                fingerprint,
                storedProfile,
                others,
                twins.stream()
                        .filter(twin -> !twin.conditions().bucket().equals(bucket))
                        .toList(),
                promises.stream()
                        .filter(sample -> !sample.bucket().equals(bucket))
                        .toList(),
                audits.stream()
                        .filter(audit -> !audit.conditions().bucket().equals(bucket))
                        .toList(),
                history);
    }

    /** What one worker would know that had learned all that these two learned apart. */
    public PairEvidence merged(PairEvidence other) {
        if (!pair.equals(other.pair) || !fingerprint.equals(other.fingerprint)) {
            throw new IllegalArgumentException("only what was learned about the same models can be merged, not " + pair
                    + " and " + other.pair + " of other weights");
        }
        Map<String, BucketEvidence> all = new LinkedHashMap<>(buckets);
        other.buckets.forEach((name, bucket) -> all.merge(name, bucket, BucketEvidence::merge));
        return new PairEvidence(
                pair,
                fingerprint,
                storedProfile.or(other::storedProfile),
                all,
                both(twins, other.twins, Comparator.comparingLong(TwinRun::at)),
                both(promises, other.promises, Comparator.comparingLong(PromiseSample::at)),
                both(audits, other.audits, Comparator.comparingLong(Audit::at)),
                both(history, other.history, Comparator.comparingLong(Transition::at)));
    }

    private static <T> List<T> both(List<T> a, List<T> b, Comparator<T> byTime) {
        return Stream.concat(a.stream(), b.stream()).sorted(byTime).toList();
    }

    /** State of the main bucket; COLD if there is none. */
    public PairState state() {
        return bucket(mainBucket()).state();
    }

    /** State under certain conditions. */
    public PairState state(Conditions conditions) {
        return bucket(conditions.bucket()).state();
    }

    /** What was read in a bucket. */
    public BucketEvidence bucket(String name) {
        return buckets.getOrDefault(name, BucketEvidence.NONE);
    }

    /** The bucket that most requests were read in; that of text without guidance if none was. */
    public String mainBucket() {
        return buckets.entrySet().stream()
                .max(Map.Entry.<String, BucketEvidence>comparingByValue(
                                Comparator.comparingLong(BucketEvidence::requests))
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .orElse(Conditions.bucketOf(1, false));
    }
}
