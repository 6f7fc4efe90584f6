package io.flowblend.evidence;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Reach;
import io.flowblend.divergence.Moments;
import io.flowblend.evidence.Transition.Cause;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * All that is known about a pair, as numbers that JSON can hold. Immutable; what two workers learned apart can be merged.
 *
 * <p>The rules by which a bucket moves (every move leaves a {@link Transition}):
 *
 * <ul>
 *   <li>COLD to LEARNING with its first readings;
 *   <li>LEARNING to ADAPTIVE when every sigma bin that runs pass holds {@code minSamples} requests and {@code minSupport}
 *       twin runs or audits (or a shipped calibration) stand behind the promise;
 *   <li>ADAPTIVE to DRIFTED when the drift test of the readings or of the audits passes {@code driftEvidence};
 *   <li>DRIFTED to LEARNING with the next readings, from which the curve begins anew.
 * </ul>
 *
 * @param pair id of the pair
 * @param fingerprint of both models' weights and configs; empty = not bound to certain weights
 * @param shipped the calibration that it began with, where there was one
 * @param storedProfile the LSL schedule found best for the pair, where one was
 * @param buckets by {@link Conditions#bucket}
 * @param twins the last of them
 * @param audits the last of them
 * @param auditDrift of the logarithm of true over predicted deviation
 * @param history the last transitions, oldest first
 */
public record PairEvidence(
        String pair,
        String fingerprint,
        Optional<Calibration> shipped,
        Optional<Calibration.StoredProfile> storedProfile,
        Map<String, BucketEvidence> buckets,
        List<TwinRun> twins,
        List<Audit> audits,
        DriftDetector auditDrift,
        List<Transition> history) {
    /** Twin runs and audits that are kept; older ones make room. */
    public static final int KEPT = 256;

    /** Transitions that are kept. */
    public static final int KEPT_HISTORY = 64;

    public PairEvidence {
        if (!pair.matches("[a-z0-9][a-z0-9._-]*")) {
            throw new IllegalArgumentException("pair must be an id of a-z, 0-9, '.', '_', '-', not '" + pair + "'");
        }
        buckets = Map.copyOf(new TreeMap<>(buckets));
        twins = last(twins, KEPT);
        audits = last(audits, KEPT);
        history = last(history, KEPT_HISTORY);
    }

    private static <T> List<T> last(List<T> list, int most) {
        return List.copyOf(list.subList(Math.max(0, list.size() - most), list.size()));
    }

    /** Nothing is known: COLD. */
    public static PairEvidence unknown(String pair, String fingerprint) {
        return new PairEvidence(
                pair,
                fingerprint,
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                List.of(),
                List.of(),
                DriftDetector.NONE,
                List.of());
    }

    /** What was measured elsewhere: ADAPTIVE in the bucket it was measured in. */
    public static PairEvidence of(Calibration shipped, String fingerprint) {
        return of(shipped.pair(), fingerprint, Optional.of(shipped), shipped.storedProfile());
    }

    static PairEvidence of(
            String pair,
            String fingerprint,
            Optional<Calibration> shipped,
            Optional<Calibration.StoredProfile> storedProfile) {
        Map<String, BucketEvidence> measured = shipped.map(calibration -> Map.of(
                        Conditions.textBucket(calibration.origin().guidance()),
                        BucketEvidence.of(
                                calibration.curve(), calibration.origin().requests())))
                .orElse(Map.of());
        return new PairEvidence(
                pair,
                fingerprint,
                shipped,
                storedProfile,
                measured,
                List.of(),
                List.of(),
                DriftDetector.NONE,
                List.of());
    }

    /** Whether it was learned with these models, as far as it is bound to any. */
    public boolean fits(String modelsFingerprint) {
        return fingerprint.isEmpty() || fingerprint.equals(modelsFingerprint);
    }

    /**
     * The same for the models as they are loaded: what is not bound yet is bound to them; what was learned with others is
     * set aside, but for the stored profile and the history.
     *
     * @param at seconds since 1970
     */
    public PairEvidence boundTo(String modelsFingerprint, long at) {
        if (fingerprint.equals(modelsFingerprint)) {
            return this;
        }
        if (fits(modelsFingerprint)) {
            return new PairEvidence(
                    pair, modelsFingerprint, shipped, storedProfile, buckets, twins, audits, auditDrift, history);
        }
        List<Transition> told = new ArrayList<>(history);
        buckets.forEach((name, bucket) ->
                told.add(transition(at, name, bucket, PairState.COLD, Cause.STALE_FINGERPRINT, 0, 0)));
        return new PairEvidence(
                pair,
                modelsFingerprint,
                Optional.empty(),
                storedProfile,
                Map.of(),
                List.of(),
                List.of(),
                DriftDetector.NONE,
                told);
    }

    /** With the probes of one finished request. */
    public PairEvidence learned(RequestReadings request, LearningRules rules) {
        if (request.probes().isEmpty() && request.changes().isEmpty()) {
            return this;
        }
        String name = request.conditions().bucket();
        BucketEvidence before = buckets.getOrDefault(name, BucketEvidence.NONE);
        BucketEvidence from = before.state() == PairState.DRIFTED ? BucketEvidence.anew(request.at()) : before;
        List<Transition> told = new ArrayList<>(history);
        if (before.state() == PairState.DRIFTED) {
            told.add(transition(
                    request.at(),
                    name,
                    before,
                    PairState.LEARNING,
                    Cause.RELEARNING,
                    before.drift().statistic(),
                    0));
        }
        Map<String, BucketEvidence> next = new LinkedHashMap<>(buckets);
        next.put(name, from.learned(request, rules));
        return new PairEvidence(pair, fingerprint, shipped, storedProfile, next, twins, audits, auditDrift, told)
                .judged(request.at(), rules);
    }

    /** With one more twin run. */
    public PairEvidence learned(TwinRun twin, LearningRules rules) {
        return new PairEvidence(
                        pair,
                        fingerprint,
                        shipped,
                        storedProfile,
                        buckets,
                        plus(twins, twin),
                        audits,
                        auditDrift,
                        history)
                .judged(twin.at(), rules);
    }

    /** With one more audit. */
    public PairEvidence learned(Audit audit, LearningRules rules) {
        Moments usual = Moments.NONE;
        for (Audit earlier : auditsSince(newestStart())) {
            usual = usual.plus(logarithm(earlier));
        }
        return new PairEvidence(
                        pair,
                        fingerprint,
                        shipped,
                        storedProfile,
                        buckets,
                        twins,
                        plus(audits, audit),
                        auditDrift.plus(BucketEvidence.strangeness(logarithm(audit), usual)),
                        tightened(audit))
                .judged(audit.at(), rules);
    }

    private static double logarithm(Audit audit) {
        return Math.log(Math.max(1e-6, audit.ratio()));
    }

    private long newestStart() {
        return buckets.values().stream().mapToLong(BucketEvidence::since).max().orElse(0);
    }

    /** The history, with an entry if this audit makes the budgets tighter. */
    private List<Transition> tightened(Audit audit) {
        Reach reach = calibration(audit.conditions()).reach();
        List<Audit> earlier = auditsSince(newestStart());
        double before = Coverage.of(earlier, reach).tightening();
        Coverage after = Coverage.of(plus(earlier, audit), reach);
        boolean said = before > 1 && after.share() >= Coverage.PROMISED;
        if (after.tightening() <= before || said) {
            return history;
        }
        String name = audit.conditions().bucket();
        BucketEvidence bucket = buckets.getOrDefault(name, BucketEvidence.NONE);
        return plus(
                history,
                transition(
                        audit.at(),
                        name,
                        bucket,
                        bucket.state(),
                        Cause.PROMISE_TIGHTENED,
                        after.share(),
                        Coverage.PROMISED));
    }

    /** How the promises stand by the audits since learning last began. */
    public Coverage coverage() {
        return Coverage.of(auditsSince(newestStart()), calibration().reach());
    }

    private List<Audit> auditsSince(long start) {
        return audits.stream().filter(audit -> audit.at() >= start).toList();
    }

    private static <T> List<T> plus(List<T> list, T one) {
        return Stream.concat(list.stream(), Stream.of(one)).toList();
    }

    /** Every bucket in the state that the evidence gives it. */
    private PairEvidence judged(long at, LearningRules rules) {
        Map<String, BucketEvidence> next = new LinkedHashMap<>(buckets);
        List<Transition> told = new ArrayList<>(history);
        boolean auditsDrifted = auditDrift.up() > rules.driftEvidence();
        buckets.forEach((name, bucket) -> verdict(at, name, bucket, rules).ifPresent(transition -> {
            told.add(transition);
            next.put(name, bucket.in(transition.to()));
        }));
        return new PairEvidence(
                pair,
                fingerprint,
                shipped,
                storedProfile,
                next,
                twins,
                audits,
                auditsDrifted ? DriftDetector.NONE : auditDrift,
                told);
    }

    private Optional<Transition> verdict(long at, String name, BucketEvidence bucket, LearningRules rules) {
        double limit = rules.driftEvidence();
        double drift = bucket.drift().statistic();
        return switch (bucket.state()) {
            case COLD -> bucket.requests() == 0
                    ? Optional.empty()
                    : Optional.of(transition(at, name, bucket, PairState.LEARNING, Cause.FIRST_READINGS, 1, 1));
            case LEARNING -> !enough(bucket, rules)
                    ? Optional.empty()
                    : Optional.of(transition(
                            at,
                            name,
                            bucket,
                            PairState.ADAPTIVE,
                            Cause.ENOUGH_EVIDENCE,
                            (double) bucket.fewestReadings(),
                            rules.minSamples()));
            case ADAPTIVE -> {
                if (drift > limit) {
                    yield Optional.of(
                            transition(at, name, bucket, PairState.DRIFTED, Cause.DRIFT_OF_READINGS, drift, limit));
                }
                yield auditDrift.up() > limit
                        ? Optional.of(transition(
                                at, name, bucket, PairState.DRIFTED, Cause.DRIFT_OF_AUDITS, auditDrift.up(), limit))
                        : Optional.empty();
            }
            case DRIFTED -> Optional.empty();
        };
    }

    private boolean enough(BucketEvidence bucket, LearningRules rules) {
        return bucket.fewestReadings() >= rules.minSamples() && support(bucket) >= rules.minSupport();
    }

    /** Twin runs and audits since the bucket's learning began; a shipped calibration's requests until a drift. */
    private long support(BucketEvidence bucket) {
        long measured = Stream.concat(
                        twins.stream().map(TwinRun::at), audits.stream().map(Audit::at))
                .filter(time -> time >= bucket.since())
                .count();
        boolean shippedHolds = bucket.since() == 0;
        return measured
                + (shippedHolds ? shipped.map(c -> c.origin().requests()).orElse(0) : 0);
    }

    private Transition transition(
            long at, String name, BucketEvidence bucket, PairState to, Cause cause, double statistic, double limit) {
        return new Transition(
                at, name, bucket.state(), to, cause, bucket.requests(), twins.size(), audits.size(), statistic, limit);
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
                shipped.or(other::shipped),
                storedProfile.or(other::storedProfile),
                all,
                both(twins, other.twins, Comparator.comparingLong(TwinRun::at)),
                both(audits, other.audits, Comparator.comparingLong(Audit::at)),
                auditDrift.merge(other.auditDrift),
                both(history, other.history, Comparator.comparingLong(Transition::at)));
    }

    private static <T> List<T> both(List<T> a, List<T> b, Comparator<T> byTime) {
        return Stream.concat(a.stream(), b.stream()).sorted(byTime).toList();
    }

    /** State of the bucket that most requests were read in; COLD if there is none. */
    public PairState state() {
        return main().map(BucketEvidence::state).orElse(PairState.COLD);
    }

    /** State under certain conditions. */
    public PairState state(Conditions conditions) {
        return buckets.getOrDefault(conditions.bucket(), BucketEvidence.NONE).state();
    }

    private Optional<BucketEvidence> main() {
        return buckets.entrySet().stream()
                .max(Map.Entry.<String, BucketEvidence>comparingByValue(
                                Comparator.comparingLong(BucketEvidence::requests))
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getValue);
    }

    /** What the controller decides from, in the bucket that most requests were read in; a prior where nothing is measured. */
    public Calibration calibration() {
        return calibration(main().orElse(BucketEvidence.NONE));
    }

    /** The same under certain conditions; a bucket without readings is taken to be like the main one. */
    public Calibration calibration(Conditions conditions) {
        return calibration(buckets.getOrDefault(conditions.bucket(), main().orElse(BucketEvidence.NONE)));
    }

    private Calibration calibration(BucketEvidence bucket) {
        return Prior.calibration(
                this,
                bucket,
                twins.stream().filter(twin -> twin.at() >= bucket.since()).toList(),
                auditsSince(bucket.since()));
    }
}
