package io.flowblend.divergence;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The velocity divergence of a pair over the noise level, by sigma bin: count, mean and variance of every reading of
 * every request. Immutable.
 *
 * @param bins one entry for each of the {@link SigmaBins}, from sigma 0 to sigma 1
 */
public record DivergenceCurve(List<Bin> bins) {
    /** Nothing seen. */
    public static final DivergenceCurve EMPTY = new DivergenceCurve(
            Collections.nCopies(SigmaBins.COUNT, new Bin(Moments.NONE, Moments.NONE, Moments.NONE)));

    public DivergenceCurve {
        if (bins.size() != SigmaBins.COUNT) {
            throw new IllegalArgumentException("bins must hold " + SigmaBins.COUNT + " sigma bins, not " + bins.size());
        }
        bins = List.copyOf(bins);
    }

    /**
     * What was seen in one bin.
     *
     * @param change of LARGE's own velocity, relative to its size, per bin width of position ({@link SigmaBins#position})
     */
    public record Bin(Moments relativeL2, Moments cosine, Moments change) {
        Bin plus(VelocityDivergence reading) {
            return new Bin(relativeL2.plus(reading.relativeL2()), cosine.plus(reading.cosine()), change);
        }

        Bin merge(Bin other) {
            return new Bin(relativeL2.merge(other.relativeL2), cosine.merge(other.cosine), change.merge(other.change));
        }
    }

    /** With one more reading; a reading that is not finite is refused. */
    public DivergenceCurve plus(double sigma, VelocityDivergence reading) {
        if (!reading.isFinite()) {
            throw new IllegalArgumentException("a divergence that is not finite cannot be learned from");
        }
        List<Bin> next = new ArrayList<>(bins);
        int bin = SigmaBins.indexOf(sigma);
        next.set(bin, next.get(bin).plus(reading));
        return new DivergenceCurve(next);
    }

    /** What one worker would have seen that saw all that these two saw. */
    public DivergenceCurve merge(DivergenceCurve other) {
        List<Bin> merged = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            merged.add(bins.get(bin).merge(other.bins.get(bin)));
        }
        return new DivergenceCurve(merged);
    }

    /**
     * How far LARGE's velocity is expected to turn from one noise level down to another, relative to its size: the
     * changes of the bins between, added up; 0 and up.
     */
    public double change(double sigma, double lowerSigma) {
        return SigmaBins.sum(
                sigma,
                lowerSigma,
                (bin, share) -> share * bins.get(bin).change().mean());
    }

    /** Mean relative L2 at a noise level, linear between the centres of the bins. */
    public double relativeL2(double sigma) {
        double place = Math.min(Math.max(SigmaBins.position(sigma) - 0.5, 0), SigmaBins.COUNT - 1.0);
        int lower = Math.min((int) place, SigmaBins.COUNT - 2);
        double weight = place - lower;
        return (1 - weight) * bins.get(lower).relativeL2().mean()
                + weight * bins.get(lower + 1).relativeL2().mean();
    }
}
