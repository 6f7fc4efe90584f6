package io.flowblend.sampling;

import io.flowblend.sampling.SolverState.Past;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The multistep updates of UniPC in the half log signal-to-noise ratio {@code lambda = log(alpha / sigma)}, with
 * {@code alpha = 1 - sigma}, in the letters of arXiv 2302.04867: {@code s_0} is the newest known point and m its
 * predicted data, {@code h = lambda_t - lambda_{s_0}}, {@code r_i = (lambda_{s_i} - lambda_{s_0}) / h},
 * {@code D_i = m_i - m_0}. Both updates are
 *
 * <pre>x_t = sigma_t / sigma_{s_0} x_{s_0} - alpha_t (e^{-h} - 1) (m_0 + sum_i (rho_i / r_i) D_i)</pre>
 *
 * over the older points (UniP), and for UniC also over the point t itself, with {@code r = 1}. The weights rho solve
 * {@code sum_i rho_i r_i^{j-1} = b_j} with {@code b_j = j! h phi_{j+1} / B_2}, j = 1, 2, ...; with one unknown rho = 1/2.
 *
 * <p>Coefficients are double; the tensors are combined once, in their own type.
 */
final class Multistep {
    /** Levels above count as this one: at 1, lambda is minus infinity. */
    private static final double HIGHEST = 1 - 1e-6;

    private Multistep() {}

    /** The data that a velocity points to, {@code x - sigma v}. */
    static Tensor data(Tensor x, Tensor velocity, double sigma) {
        return x.add(velocity, new Scalar(-sigma));
    }

    /** UniP of order {@code known.size()}: latents at {@code sigma} from the known points, newest first. */
    static Tensor predict(List<Past> known, double sigma) {
        Past newest = known.get(0);
        double[] r = ratios(known, sigma, known.size() - 1);
        double[] rho = weights(r, h(newest, sigma));
        double factor = dataFactor(newest, sigma);
        return combine(known, sigma, factor, factor, r, rho);
    }

    /** UniC of order {@code known.size()}: latents at {@code sigma} again, now that {@code data} was predicted there. */
    static Tensor correct(List<Past> known, Tensor data, double sigma) {
        Past newest = known.get(0);
        int p = known.size();
        double[] r = ratios(known, sigma, p);
        r[p - 1] = 1;
        double[] rho = weights(r, h(newest, sigma));
        double factor = dataFactor(newest, sigma);
        return combine(known, sigma, factor, factor * (1 - rho[p - 1]), r, rho)
                .add_(data, new Scalar(factor * rho[p - 1]));
    }

    /**
     * {@code sigma_t / sigma_{s_0} x + own m_0 + factor sum_i (rho_i / r_i) (m_i - m_0)} over the older points.
     *
     * @param own weight of {@code m_0} outside the sum
     */
    private static Tensor combine(List<Past> known, double sigma, double factor, double own, double[] r, double[] rho) {
        Past newest = known.get(0);
        double newestWeight = own;
        Tensor x = newest.x().mul(new Scalar(sigma / newest.sigma()));
        for (int i = 1; i < known.size(); i++) {
            double weight = factor * rho[i - 1] / r[i - 1];
            newestWeight -= weight;
            x.add_(known.get(i).data(), new Scalar(weight));
        }
        return x.add_(newest.data(), new Scalar(newestWeight));
    }

    /** {@code r_1, r_2, ...} of the older points, in an array of that length. */
    private static double[] ratios(List<Past> known, double sigma, int length) {
        Past newest = known.get(0);
        double h = h(newest, sigma);
        double[] r = new double[length];
        for (int i = 1; i < known.size(); i++) {
            r[i - 1] = (lambda(known.get(i).sigma()) - lambda(newest.sigma())) / h;
        }
        return r;
    }

    /** Solves the Vandermonde system for rho (Bjorck and Pereyra 1970). */
    private static double[] weights(double[] r, double h) {
        int n = r.length;
        if (n == 1) {
            return new double[] {0.5};
        }
        double[] rho = rightSide(h, n);
        for (int k = 0; k < n - 1; k++) {
            for (int i = n - 1; i > k; i--) {
                rho[i] -= r[k] * rho[i - 1];
            }
        }
        for (int k = n - 2; k >= 0; k--) {
            for (int i = k + 1; i < n; i++) {
                rho[i] /= r[i] - r[i - k - 1];
            }
            for (int i = k; i < n - 1; i++) {
                rho[i] -= rho[i + 1];
            }
        }
        return rho;
    }

    /**
     * {@code b_j}, j = 1..n: with {@code z = -h}, {@code phi_1 = (e^z - 1) / z} and {@code phi_{j+1} = (phi_j - 1/j!) / z},
     * {@code b_j = j! z phi_{j+1} / (e^z - 1)}.
     */
    private static double[] rightSide(double h, int n) {
        double z = -h;
        double b2 = Math.expm1(z);
        double phi = b2 / z;
        double factorial = 1;
        double[] b = new double[n];
        for (int j = 1; j <= n; j++) {
            factorial *= j;
            phi = (phi - 1 / factorial) / z;
            b[j - 1] = factorial * z * phi / b2;
        }
        return b;
    }

    /** {@code -alpha_t (e^{-h} - 1)}, the weight of the predicted data. */
    private static double dataFactor(Past newest, double sigma) {
        return -(1 - sigma) * Math.expm1(-h(newest, sigma));
    }

    /** {@code lambda_t - lambda_{s_0}}. */
    static double h(Past newest, double sigma) {
        return lambda(sigma) - lambda(newest.sigma());
    }

    private static double lambda(double sigma) {
        double level = Math.min(sigma, HIGHEST);
        return Math.log1p(-level) - Math.log(level);
    }
}
