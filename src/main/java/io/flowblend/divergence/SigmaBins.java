package io.flowblend.divergence;

/**
 * The fixed partition of the noise levels 0..1 by which divergences are kept, so that other step counts, shifts and
 * solvers share what was learned. Bins are equally wide in {@code u = sigma / (3 - 2 sigma)}, the position in a schedule
 * with flow shift 3 ({@code sigma = 3u / (1 + 2u)}): video schedules spend most steps near sigma 1, where equal widths in
 * sigma would put a third of the run into one bin. Bin 0 lies at sigma 0; the last one ends at sigma 1.
 */
public final class SigmaBins {
    /** Number of bins. */
    public static final int COUNT = 16;

    private static final double SHIFT = 3;

    private SigmaBins() {}

    /**
     * Continuous position of a noise level, 0..{@link #COUNT}; its whole part is the bin.
     *
     * @param sigma noise level, 0..1
     */
    public static double position(double sigma) {
        if (!(sigma >= 0 && sigma <= 1)) {
            throw new IllegalArgumentException("sigma must be in 0..1, not " + sigma);
        }
        return COUNT * sigma / (SHIFT - (SHIFT - 1) * sigma);
    }

    /** Bin of a noise level, 0..15. A level on an edge belongs to the noisier bin. */
    public static int indexOf(double sigma) {
        // Schedules are float32: a level meant to lie on an edge may be a hair below it.
        return Math.min(COUNT - 1, (int) (position(sigma) + 1e-5));
    }

    /** Lower edge of a bin as a noise level; {@code edge(COUNT)} is 1. */
    public static double edge(int bin) {
        double u = (double) bin / COUNT;
        return SHIFT * u / (1 + (SHIFT - 1) * u);
    }

    /** Width of a bin in sigma. */
    public static double width(int bin) {
        return edge(bin + 1) - edge(bin);
    }

    /** What one bin adds to a {@link #sum}, given the share of it that is covered. */
    @FunctionalInterface
    public interface Part {
        double of(int bin, double share);
    }

    /** Adds up the bins that a step from one noise level down to another covers, from the lowest on. */
    public static double sum(double sigma, double nextSigma, Part part) {
        double sum = 0;
        for (int bin = indexOf(nextSigma); bin <= indexOf(sigma); bin++) {
            sum += part.of(bin, share(bin, sigma, nextSigma));
        }
        return sum;
    }

    /** Share of a bin, 0..1 of its width in position, that a step from one noise level down to another covers. */
    public static double share(int bin, double sigma, double nextSigma) {
        double above = Math.min(position(sigma), bin + 1.0);
        double below = Math.max(position(nextSigma), bin);
        return Math.max(0, above - below);
    }
}
