package io.flowblend.evidence;

import io.flowblend.calibration.PairState;
import io.flowblend.divergence.DivergenceCurve;
import io.flowblend.divergence.Moments;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.divergence.WeightedMoments;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * The velocity divergence of a pair under one kind of conditions, over the noise level, across requests.
 *
 * @param bins one entry for each of the {@link SigmaBins}
 * @param requests that were read
 * @param factors natural logarithm of the requests' mean ratio to the curve, across requests
 * @param within variance of that logarithm within a request, across requests
 * @param drift of the logarithm
 * @param state how far the knowledge goes
 * @param since when learning began or began anew, seconds since 1970
 */
public record BucketEvidence(
        List<Bin> bins,
        long requests,
        Moments factors,
        Moments within,
        DriftDetector drift,
        PairState state,
        long since) {
    /** Nothing read. */
    public static final BucketEvidence NONE = new BucketEvidence(
            Collections.nCopies(SigmaBins.COUNT, Bin.NONE),
            0,
            Moments.NONE,
            Moments.NONE,
            DriftDetector.NONE,
            PairState.COLD,
            0);

    /** Requests are never taken to be more alike than this, as a standard deviation of the logarithm. */
    private static final double LEAST_SPREAD = 0.05;

    /** Requests whose spread must be known before they can be called strange. */
    private static final int KNOWN_SPREAD = 8;

    private static final double FLOOR = 1e-6;

    public BucketEvidence {
        bins = List.copyOf(bins);
        if (bins.size() != SigmaBins.COUNT) {
            throw new IllegalArgumentException("bins must hold " + SigmaBins.COUNT + " sigma bins, not " + bins.size());
        }
    }

    /**
     * One sigma bin; a request that reads it several times counts once, with its mean.
     *
     * @param relativeL2 across requests, every one alike
     * @param cosine across requests, every one alike
     * @param recentL2 across requests, older ones counting less
     * @param recentCosine across requests, older ones counting less
     * @param change of LARGE's own velocity per bin width, across requests, older ones counting less
     * @param changes requests that it was read in
     * @param passed requests whose steps began in the bin, read there or not
     */
    public record Bin(
            Moments relativeL2,
            Moments cosine,
            WeightedMoments recentL2,
            WeightedMoments recentCosine,
            long passed,
            WeightedMoments change,
            long changes) {
        static final Bin NONE = new Bin(
                Moments.NONE, Moments.NONE, WeightedMoments.NONE, WeightedMoments.NONE, 0, WeightedMoments.NONE, 0);

        Bin plus(double l2, double cos, double fade) {
            return new Bin(
                    relativeL2.plus(l2),
                    cosine.plus(cos),
                    recentL2.faded(fade).plus(l2),
                    recentCosine.faded(fade).plus(cos),
                    passed,
                    change,
                    changes);
        }

        Bin passedOnce() {
            return new Bin(relativeL2, cosine, recentL2, recentCosine, passed + 1, change, changes);
        }

        Bin changing(double rate, double fade) {
            return new Bin(
                    relativeL2,
                    cosine,
                    recentL2,
                    recentCosine,
                    passed,
                    change.faded(fade).plus(rate),
                    changes + 1);
        }

        Bin merge(Bin other) {
            return new Bin(
                    relativeL2.merge(other.relativeL2),
                    cosine.merge(other.cosine),
                    recentL2.merge(other.recentL2),
                    recentCosine.merge(other.recentCosine),
                    passed + other.passed,
                    change.merge(other.change),
                    changes + other.changes);
        }
    }

    /** Begins with a measured curve. */
    static BucketEvidence of(DivergenceCurve curve, long requests) {
        List<Bin> bins = new ArrayList<>();
        for (DivergenceCurve.Bin bin : curve.bins()) {
            bins.add(new Bin(
                    bin.relativeL2(),
                    bin.cosine(),
                    recent(bin.relativeL2()),
                    recent(bin.cosine()),
                    0,
                    recent(bin.change()),
                    bin.change().count()));
        }
        return new BucketEvidence(
                bins, requests, Moments.NONE, Moments.NONE, DriftDetector.NONE, PairState.ADAPTIVE, 0);
    }

    private static WeightedMoments recent(Moments all) {
        return new WeightedMoments(all.count(), all.mean(), all.m2());
    }

    /** With one more request. */
    BucketEvidence learned(RequestReadings request, LearningRules rules) {
        if (request.probes().isEmpty()) {
            return changing(request, rules);
        }
        Moments logs = logRatios(request);
        Moments nextFactors = factors;
        Moments nextWithin = within;
        DriftDetector nextDrift = drift;
        if (logs.count() > 0) {
            nextFactors = factors.plus(logs.mean());
            nextWithin = logs.count() > 1 ? within.plus(logs.variance()) : within;
            if (state == PairState.ADAPTIVE) {
                nextDrift = drift.plus(strangeness(logs.mean(), factors));
            }
        }
        return new BucketEvidence(
                        binsWith(request, rules), requests + 1, nextFactors, nextWithin, nextDrift, state, since)
                .changing(request, rules);
    }

    private BucketEvidence changing(RequestReadings request, LearningRules rules) {
        double fade = Math.pow(0.5, 1.0 / rules.memory());
        List<Bin> next = new ArrayList<>(bins);
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            int index = bin;
            OptionalDouble rate = request.changes().stream()
                    .filter(change -> change.isShort() && change.bin() == index)
                    .mapToDouble(RequestReadings.Change::rate)
                    .average();
            if (rate.isPresent()) {
                next.set(bin, next.get(bin).changing(rate.getAsDouble(), fade));
            }
        }
        return new BucketEvidence(next, requests, factors, within, drift, state, since);
    }

    private List<Bin> binsWith(RequestReadings request, LearningRules rules) {
        double fade = Math.pow(0.5, 1.0 / rules.memory());
        List<Bin> next = new ArrayList<>(bins);
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            int index = bin;
            if (request.sigmas().stream()
                    .limit(Math.max(0, request.sigmas().size() - 1))
                    .anyMatch(sigma -> SigmaBins.indexOf(sigma) == index)) {
                next.set(bin, next.get(bin).passedOnce());
            }
            List<VelocityDivergence> read = request.probes().stream()
                    .filter(probe -> SigmaBins.indexOf(probe.sigma()) == index)
                    .map(RequestReadings.Probe::divergence)
                    .toList();
            if (!read.isEmpty()) {
                double l2 = read.stream()
                        .mapToDouble(VelocityDivergence::relativeL2)
                        .average()
                        .orElseThrow();
                double cosine = read.stream()
                        .mapToDouble(VelocityDivergence::cosine)
                        .average()
                        .orElseThrow();
                next.set(bin, next.get(bin).plus(l2, cosine, fade));
            }
        }
        return next;
    }

    /** Logarithms of what was read over what the bin expects, where it expects anything. */
    private Moments logRatios(RequestReadings request) {
        Moments logs = Moments.NONE;
        DivergenceCurve curve = curve();
        for (RequestReadings.Probe probe : request.probes()) {
            if (bins.get(SigmaBins.indexOf(probe.sigma())).relativeL2().count() > 0) {
                double expected = curve.relativeL2(probe.sigma());
                logs = logs.plus(Math.log((probe.divergence().relativeL2() + FLOOR) / (expected + FLOOR)));
            }
        }
        return logs;
    }

    static double strangeness(double value, Moments usual) {
        if (usual.count() < KNOWN_SPREAD) {
            return 0;
        }
        return (value - usual.mean()) / Math.max(LEAST_SPREAD, Math.sqrt(usual.variance()));
    }

    /** Fewest readings in a bin that runs pass; 0 if no run passed any and nothing was read. */
    long fewestReadings() {
        boolean anyPassed = bins.stream().anyMatch(bin -> bin.passed() > 0);
        return bins.stream()
                .filter(bin -> !anyPassed || bin.passed() > 0)
                .mapToLong(bin -> bin.relativeL2().count())
                .min()
                .orElse(0);
    }

    /** What is expected now: recent means and variances, with the number of requests behind them; gaps are bridged. */
    DivergenceCurve curve() {
        List<DivergenceCurve.Bin> expected = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            Bin seen = bins.get(nearest(bin, near -> near.relativeL2().count() > 0));
            long count = bins.get(bin).relativeL2().count();
            WeightedMoments change =
                    bins.get(nearest(bin, near -> near.changes() > 0)).change();
            expected.add(new DivergenceCurve.Bin(
                    moments(count, seen.recentL2()),
                    moments(count, seen.recentCosine()),
                    moments(bins.get(bin).changes(), change)));
        }
        return new DivergenceCurve(expected);
    }

    private static Moments moments(long count, WeightedMoments recent) {
        return Moments.of(count, recent.mean(), recent.variance());
    }

    /** An unread bin is taken to be like the nearest one that was read; itself if none was. */
    private int nearest(int bin, Predicate<Bin> read) {
        for (int distance = 0; distance < SigmaBins.COUNT; distance++) {
            for (int side : new int[] {bin + distance, bin - distance}) {
                if (side >= 0 && side < SigmaBins.COUNT && read.test(bins.get(side))) {
                    return side;
                }
            }
        }
        return bin;
    }

    /** What one worker would have that had both workers' readings; see {@link WeightedMoments} for the faded part. */
    BucketEvidence merge(BucketEvidence other) {
        List<Bin> merged = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            merged.add(bins.get(bin).merge(other.bins.get(bin)));
        }
        return new BucketEvidence(
                merged,
                requests + other.requests,
                factors.merge(other.factors),
                within.merge(other.within),
                drift.merge(other.drift),
                state.compareTo(other.state) >= 0 ? state : other.state,
                Math.max(since, other.since));
    }

    BucketEvidence in(PairState next) {
        return new BucketEvidence(bins, requests, factors, within, drift, next, since);
    }

    /** Nothing read, learning anew since a time. */
    static BucketEvidence anew(long at) {
        return new BucketEvidence(NONE.bins, 0, Moments.NONE, Moments.NONE, DriftDetector.NONE, PairState.LEARNING, at);
    }
}
