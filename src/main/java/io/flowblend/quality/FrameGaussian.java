package io.flowblend.quality;

import java.util.List;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * Mean and covariance of features, and the Frechet distance of two of them:
 * {@code |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2)} (Dowson and Landau 1982). Of features of frames it is an image
 * distance such as FID; of features of whole videos, a video distance such as FVD.
 *
 * <p>The distance of two samples is too large by an amount that falls with their size. Distances compare only where the
 * samples are equally many.
 *
 * @param mean one value a feature
 * @param covariance by divisor n - 1
 */
public record FrameGaussian(double[] mean, RealMatrix covariance) {
    /** @param rows features of one frame each, at least two rows of one length */
    public static FrameGaussian of(List<double[]> rows) {
        if (rows.size() < 2) {
            throw new IllegalArgumentException("a covariance needs 2 rows of features or more, not " + rows.size());
        }
        int width = rows.get(0).length;
        double[] mean = new double[width];
        for (double[] row : rows) {
            if (row.length != width) {
                throw new IllegalArgumentException("rows have " + width + " and " + row.length + " features");
            }
            for (int i = 0; i < width; i++) {
                mean[i] += row[i] / rows.size();
            }
        }
        double[][] centred = new double[rows.size()][width];
        for (int r = 0; r < centred.length; r++) {
            for (int i = 0; i < width; i++) {
                centred[r][i] = rows.get(r)[i] - mean[i];
            }
        }
        RealMatrix all = new Array2DRowRealMatrix(centred, false);
        return new FrameGaussian(mean, all.transpose().multiply(all).scalarMultiply(1.0 / (rows.size() - 1)));
    }

    /** 0 and up; 0 for equal ones. */
    public double distance(FrameGaussian other) {
        return distance(other, root());
    }

    /** The distances of several from this one, whose root is taken once. */
    public double[] distances(List<FrameGaussian> others) {
        RealMatrix root = root();
        return others.stream().mapToDouble(other -> distance(other, root)).toArray();
    }

    private double distance(FrameGaussian other, RealMatrix root) {
        if (mean.length != other.mean.length) {
            throw new IllegalArgumentException(
                    "features have " + mean.length + " and " + other.mean.length + " values");
        }
        double sum = covariance.getTrace() + other.covariance.getTrace();
        for (int i = 0; i < mean.length; i++) {
            sum += (mean[i] - other.mean[i]) * (mean[i] - other.mean[i]);
        }
        EigenDecomposition both = decomposed(root.multiply(other.covariance).multiply(root));
        for (double value : both.getRealEigenvalues()) {
            sum -= 2 * Math.sqrt(Math.max(0, value));
        }
        return Math.max(0, sum);
    }

    private RealMatrix root() {
        EigenDecomposition own = decomposed(covariance);
        double[] roots = own.getRealEigenvalues();
        for (int i = 0; i < roots.length; i++) {
            roots[i] = Math.sqrt(Math.max(0, roots[i]));
        }
        return own.getV().multiply(MatrixUtils.createRealDiagonalMatrix(roots)).multiply(own.getVT());
    }

    /** Rounding must not make it look asymmetric, for which another method would be used. */
    private static EigenDecomposition decomposed(RealMatrix matrix) {
        return new EigenDecomposition(matrix.add(matrix.transpose()).scalarMultiply(0.5));
    }
}
