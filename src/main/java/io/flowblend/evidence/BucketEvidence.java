package io.flowblend.evidence;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Range;
import io.flowblend.calibration.Source;
import io.flowblend.divergence.Moments;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.divergence.VelocityDivergence;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was read of a pair under one kind of conditions.
 *
 * @param sources each source that was read
 * @param cosine velocity divergence on probes by sigma bin, across requests
 * @param passed by sigma bin, requests of which a step but the first began there, read or not
 * @param requests that were read
 * @param auditDrift of the logarithm of true over predicted deviation
 * @param state how far the evidence goes
 * @param since when learning began or began anew, seconds since 1970
 * @param until when the last request was read, seconds since 1970
 */
public record BucketEvidence(
        Map<Source, SourceEvidence> sources,
        List<Moments> cosine,
        List<Long> passed,
        long requests,
        DriftDetector auditDrift,
        PairState state,
        long since,
        long until) {
    /** Nothing read. */
    public static final BucketEvidence NONE = anew(0, PairState.COLD);

    /** A bin that fewer of the requests pass than one in so many need not be read. */
    private static final int RARE = 20;

    public BucketEvidence {
        sources = Map.copyOf(sources);
        cosine = List.copyOf(cosine);
        passed = List.copyOf(passed);
        if (cosine.size() != SigmaBins.COUNT || passed.size() != SigmaBins.COUNT) {
            throw new IllegalArgumentException("cosine and passed must hold " + SigmaBins.COUNT + " sigma bins each");
        }
        if (sources.containsKey(Source.LARGE)) {
            throw new IllegalArgumentException("LARGE is exact and has no evidence");
        }
        passed.forEach(count -> Range.check("passed", count, 0, Range.MANY));
        Range.check("requests", requests, 0, Range.MANY);
        Range.check("since", since, 0, Range.MANY);
        Range.check("until", until, 0, Range.MANY);
    }

    private static BucketEvidence anew(long at, PairState state) {
        return new BucketEvidence(
                Map.of(),
                Collections.nCopies(SigmaBins.COUNT, Moments.NONE),
                Collections.nCopies(SigmaBins.COUNT, 0L),
                0,
                DriftDetector.NONE,
                state,
                at,
                at);
    }

    /** Nothing read, learning anew since a time. */
    static BucketEvidence anew(long at) {
        return anew(at, PairState.LEARNING);
    }

    /**
     * With one more request.
     *
     * @param watched whether drift is looked for
     */
    BucketEvidence learned(RequestReadings request, LearningRules rules, boolean watched) {
        Map<Source, SourceEvidence> next = new EnumMap<>(Source.class);
        next.putAll(sources);
        for (Source source : Source.CHEAP) {
            List<AnchorReading> own = request.readings().stream()
                    .filter(reading -> reading.source() == source)
                    .toList();
            if (!own.isEmpty()) {
                SourceEvidence before = next.getOrDefault(source, SourceEvidence.NONE);
                next.put(source, before.learned(source, own, rules, watched && state == PairState.ADAPTIVE));
            }
        }
        return new BucketEvidence(
                next,
                cosineWith(request),
                passedWith(request),
                requests + 1,
                auditDrift,
                state,
                since,
                Math.max(until, request.at()));
    }

    private List<Moments> cosineWith(RequestReadings request) {
        List<Moments> next = new ArrayList<>(cosine);
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            int index = bin;
            request.probes().stream()
                    .filter(probe -> SigmaBins.indexOf(probe.sigma()) == index)
                    .map(RequestReadings.Probe::divergence)
                    .mapToDouble(VelocityDivergence::cosine)
                    .average()
                    .ifPresent(mean -> next.set(index, next.get(index).plus(mean)));
        }
        return next;
    }

    /** The first step of a run has nothing before it: LARGE makes it, and most sources cannot be read there. */
    private List<Long> passedWith(RequestReadings request) {
        List<Long> next = new ArrayList<>(passed);
        List<Double> sigmas = request.sigmas();
        sigmas.subList(Math.min(1, sigmas.size()), Math.max(Math.min(1, sigmas.size()), sigmas.size() - 1)).stream()
                .map(SigmaBins::indexOf)
                .distinct()
                .forEach(bin -> next.set(bin, next.get(bin) + 1));
        return next;
    }

    /** With one more audit. */
    BucketEvidence audited(double logRatio, Moments usual) {
        double value = DriftDetector.standardised(logRatio, usual);
        return new BucketEvidence(sources, cosine, passed, requests, auditDrift.plus(value), state, since, until);
    }

    /** Fewest readings of a source in a bin that runs pass; 0 if no run passed any or no source was read. */
    long fewestReadings() {
        long most = passed.stream().mapToLong(Long::longValue).max().orElse(0);
        long fewest = Long.MAX_VALUE;
        for (SourceEvidence source : sources.values()) {
            for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
                if (passed.get(bin) > 0 && passed.get(bin) * RARE >= most) {
                    fewest = Math.min(fewest, source.count(bin));
                }
            }
        }
        return fewest == Long.MAX_VALUE ? 0 : fewest;
    }

    /** The source whose readings drift most, if any was watched. */
    Optional<Source> mostDrifted() {
        return sources.entrySet().stream()
                .max(Comparator.<Map.Entry<Source, SourceEvidence>>comparingDouble(
                                entry -> entry.getValue().drift().statistic())
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey);
    }

    /** The drift statistic of the source whose readings drift most. */
    public double readingDrift() {
        return sources.values().stream()
                .mapToDouble(source -> source.drift().statistic())
                .max()
                .orElse(0);
    }

    /** What one worker would have that had both workers' readings; see {@code WeightedMoments} for the faded part. */
    BucketEvidence merge(BucketEvidence other) {
        Map<Source, SourceEvidence> all = new EnumMap<>(Source.class);
        all.putAll(sources);
        other.sources.forEach((source, evidence) -> all.merge(source, evidence, SourceEvidence::merge));
        List<Moments> mergedCosine = new ArrayList<>();
        List<Long> mergedPassed = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            mergedCosine.add(cosine.get(bin).merge(other.cosine.get(bin)));
            mergedPassed.add(passed.get(bin) + other.passed.get(bin));
        }
        return new BucketEvidence(
                all,
                mergedCosine,
                mergedPassed,
                requests + other.requests,
                auditDrift.merge(other.auditDrift),
                state.compareTo(other.state) >= 0 ? state : other.state,
                Math.max(since, other.since),
                Math.max(until, other.until));
    }

    BucketEvidence in(PairState next) {
        return new BucketEvidence(sources, cosine, passed, requests, auditDrift, next, since, until);
    }
}
