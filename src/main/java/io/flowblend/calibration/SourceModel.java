package io.flowblend.calibration;

import io.flowblend.divergence.SigmaBins;
import java.util.List;

/**
 * What is known about one source of velocity, other than LARGE, under one kind of conditions.
 *
 * <p>A step from sigma to sigma' by this source injects an error into the result, with r its residual and A its
 * sensitivity:
 *
 * <pre>  e = sum over bins b of share(b) width(b) A(b) * r(sigma, distance to the anchor)</pre>
 *
 * <p>The errors of its steps combine as {@code (sum e^p)^(1/p)}, p the exponent: 1 if they all point the same way, 2 if
 * they are independent ({@link io.flowblend.calibration.Calibration#deviation} goes on from there).
 *
 * @param source not LARGE
 * @param cells by sigma bin, and within one by class of {@link AnchorDistance}, the class without an anchor last
 * @param sensitivity A by sigma bin, in deviation per (sigma x residual), above 0
 * @param exponent p, 1..2
 * @param readingGain by sigma bin, how far a reading there tells how hard the request is: the slope of the logarithm of a
 *     request's error on that of its reading over what is usual; 0 = not at all, 1 = in proportion; 0..4
 */
public record SourceModel(
        Source source, List<List<Cell>> cells, List<Double> sensitivity, double exponent, List<Double> readingGain) {
    /**
     * One sigma bin at one class of distance.
     *
     * @param count requests that were read there, 0 and up; with 0 the rest is taken from the neighbours or a prior
     * @param residual mean relative L2 to LARGE's velocity, 0..100
     * @param spread standard deviation of the residual between requests, 0..100
     * @param gain factor on the anchor's unknown part, 0..1.5; 0 without an anchor
     * @param slopeShare share of the anchor's slope that is followed, 0..1
     */
    public record Cell(long count, double residual, double spread, double gain, double slopeShare) {
        public Cell {
            Range.check("count", count, 0, Range.MANY);
            Range.check("residual", residual, 0, 100);
            Range.check("spread", spread, 0, 100);
            Range.check("gain", gain, 0, 1.5);
            Range.check("slope_share", slopeShare, 0, 1);
        }
    }

    /** A figure of a cell. */
    @FunctionalInterface
    private interface Figure {
        double of(Cell cell);
    }

    public SourceModel {
        if (source == Source.LARGE) {
            throw new IllegalArgumentException("LARGE is exact and has no model");
        }
        cells = cells.stream().map(List::copyOf).toList();
        if (cells.size() != SigmaBins.COUNT
                || cells.stream().anyMatch(row -> row.size() != AnchorDistance.CLASSES + 1)) {
            throw new IllegalArgumentException("cells must hold " + SigmaBins.COUNT + " sigma bins of "
                    + (AnchorDistance.CLASSES + 1) + " distances each");
        }
        sensitivity = Calibration.byBin("sensitivity", sensitivity, 1e-9, 1e6);
        readingGain = Calibration.byBin("reading_gain", readingGain, 0, 4);
        Range.check("exponent", exponent, 1, 2);
    }

    /** Expected residual; {@code distance} as {@link AnchorDistance#of} gives it. */
    public double residual(double sigma, double distance) {
        return at(sigma, distance, Cell::residual);
    }

    /** Standard deviation of the residual between requests. */
    public double spread(double sigma, double distance) {
        return at(sigma, distance, Cell::spread);
    }

    /** Factor on the anchor's unknown part; 0 without an anchor. */
    public double gain(double sigma, double distance) {
        return distance == Double.POSITIVE_INFINITY ? 0 : at(sigma, distance, Cell::gain);
    }

    /** Share of the anchor's slope that is followed. */
    public double slopeShare(double sigma, double distance) {
        return distance == Double.POSITIVE_INFINITY ? 0 : at(sigma, distance, Cell::slopeShare);
    }

    /** Error per unit of residual of a step, so that {@code e = weight * residual}. */
    public double weight(double sigma, double nextSigma) {
        return SigmaBins.sum(sigma, nextSigma, (bin, share) -> share * SigmaBins.width(bin) * sensitivity.get(bin));
    }

    /** How far a reading at a noise level tells how hard the request is. */
    public double readingGain(double sigma) {
        return readingGain.get(SigmaBins.indexOf(sigma));
    }

    /** Requests that were read in the bin of a noise level, at the distance that was read most. */
    public long samples(double sigma) {
        return cells.get(SigmaBins.indexOf(sigma)).stream()
                .mapToLong(Cell::count)
                .max()
                .orElse(0);
    }

    /** Interpolated between the centres of two bins and of two classes of distance. */
    private double at(double sigma, double distance, Figure figure) {
        double position = Math.max(0, Math.min(SigmaBins.COUNT - 1.0, SigmaBins.position(sigma) - 0.5));
        int low = (int) Math.min(SigmaBins.COUNT - 2.0, position);
        double share = position - low;
        return (1 - share) * at(cells.get(low), distance, figure) + share * at(cells.get(low + 1), distance, figure);
    }

    private static double at(List<Cell> row, double distance, Figure figure) {
        if (distance == Double.POSITIVE_INFINITY) {
            return figure.of(row.get(AnchorDistance.NONE));
        }
        double position = AnchorDistance.position(distance);
        int low = (int) Math.min(AnchorDistance.CLASSES - 2.0, position);
        double share = position - low;
        return (1 - share) * figure.of(row.get(low)) + share * figure.of(row.get(low + 1));
    }
}
