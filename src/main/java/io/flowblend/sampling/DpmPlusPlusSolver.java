package io.flowblend.sampling;

import io.flowblend.control.Step;
import io.flowblend.sampling.SolverState.Past;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * DPM-Solver++ (Lu et al. 2022, arXiv 2211.01095, algorithm 2; orders 1 to 3) in the form of diffusers 0.42.1. With
 * {@code h = lambda_t - lambda_{s_0}}, {@code E = 1 - e^{-h}}, {@code r_i} the steps before in units of h, and
 * {@code D_1}, {@code D_2} the first and second differences of the predicted data m,
 *
 * <pre>x_t = sigma_t / sigma_{s_0} x + alpha_t (E m_0 + c_1 D_1 + c_2 D_2)</pre>
 *
 * where {@code c_1} is {@code E / 2} (midpoint) or {@code 1 - E / h} (Heun, and order 3), {@code c_2 = (E - h) / h^2 + 1/2}.
 * With noise (SDE-DPM-Solver++) h is doubled in E and in the c, x is damped by {@code e^{-h}} once more and
 * {@code sigma_t sqrt(E) n} is added. The first and the last step are of order 1; a run of order 3 with fewer than 15
 * steps ends with order 2, then 1.
 *
 * @param order 1..3; up to 2 with noise
 * @param heun whether order 2 has Heun's form
 * @param noise n of each step, if it draws any
 */
public record DpmPlusPlusSolver(int order, boolean heun, Optional<StepNoise> noise) implements Solver {
    private static final int FEW_STEPS = 15;

    public DpmPlusPlusSolver {
        int most = noise.isPresent() ? 2 : 3;
        if (order < 1 || order > most) {
            throw new IllegalArgumentException("order of dpm++ has to be 1.." + most + ", but is " + order);
        }
    }

    /** Order 2, midpoint, without noise. */
    public DpmPlusPlusSolver() {
        this(2, false, Optional.empty());
    }

    @Override
    public SolverState step(SolverState state, Tensor velocity, Step step) {
        List<Past> known = new ArrayList<>(order);
        known.add(new Past(step.sigma(), state.x(), Multistep.data(state.x(), velocity, step.sigma())));
        known.addAll(state.past().subList(0, Math.min(state.past().size(), order - 1)));
        Tensor next = next(known.subList(0, orderAt(step, known.size())), step);
        return new SolverState(next, known);
    }

    private int orderAt(Step step, int known) {
        int left = step.count() - step.index();
        int most = left == 1 ? 1 : left == 2 && step.count() < FEW_STEPS ? 2 : order;
        return Math.min(Math.min(most, order), known);
    }

    private Tensor next(List<Past> known, Step step) {
        double sigma = step.nextSigma();
        Past newest = known.get(0);
        double h = Multistep.h(newest, sigma);
        double doubled = noise.isPresent() ? 2 * h : h;
        double gone = -Math.expm1(-doubled);
        double damped = noise.isPresent() ? Math.exp(-h) : 1;
        Tensor x = newest.x().mul(new Scalar(sigma / newest.sigma() * damped));
        double[] weights = weights(known, h, doubled, gone);
        for (int i = 0; i < known.size(); i++) {
            x.add_(known.get(i).data(), new Scalar((1 - sigma) * weights[i]));
        }
        if (sigma > 0) {
            noise.ifPresent(drawn -> x.add_(drawn.at(step, newest.x()), new Scalar(sigma * Math.sqrt(gone))));
        }
        return x;
    }

    /** Of {@code m_0, m_1, m_2}. */
    private double[] weights(List<Past> known, double h, double doubled, double gone) {
        if (known.size() == 1) {
            return new double[] {gone};
        }
        double first = heun || known.size() == 3 ? 1 - gone / doubled : gone / 2;
        double r0 = -Multistep.h(known.get(0), known.get(1).sigma()) / h;
        if (known.size() == 2) {
            return new double[] {gone + first / r0, -first / r0};
        }
        double r1 = -Multistep.h(known.get(1), known.get(2).sigma()) / h;
        double second = (gone - h) / (h * h) + 0.5;
        double newer = first * (1 + r0 / (r0 + r1)) + second / (r0 + r1);
        double older = -(first * r0 + second) / (r0 + r1);
        return new double[] {gone + newer / r0, older / r1 - newer / r0, -older / r1};
    }

    @Override
    public SigmaSchedule schedule(int steps, double shift) {
        return SigmaSchedule.dpmPlusPlus(steps, shift);
    }
}
