package io.flowblend.sampling;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.control.Step;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Measures the {@link AnchorReading}s of a step: one matrix product in double precision, one transfer from the device. */
public final class AnchorReadings {
    private final TensorVector rows = new TensorVector();
    private final Map<Source, Integer> first = new EnumMap<>(Source.class);

    private AnchorReadings() {}

    /**
     * Of every tracked source whose w the step made known, if LARGE advanced it.
     *
     * @param anchors before the step
     */
    static List<AnchorReading> measure(Step step, StepVelocity made, Map<Source, Anchor> anchors, Set<Source> tracked) {
        Map<Source, Tensor> known = new EnumMap<>(Source.class);
        if (made.decision().move().isLarge()) {
            made.known().forEach((source, w) -> {
                if (tracked.contains(source)) {
                    known.put(source, w);
                }
            });
        }
        return measure(step, made.velocity(), known, anchors);
    }

    /**
     * Of every source whose w is given, and which has an anchor or works without one. What is not finite is left out.
     *
     * @param large v_L at the step
     * @param known w of each source at the step
     * @param anchors of the sources, above the step's noise level
     */
    public static List<AnchorReading> measure(
            Step step, Tensor large, Map<Source, Tensor> known, Map<Source, Anchor> anchors) {
        if (known.keySet().stream().noneMatch(source -> source.worksWithoutAnchor() || anchors.containsKey(source))) {
            return List.of();
        }
        try (TensorScope scope = TensorScope.open()) {
            AnchorReadings gathered = new AnchorReadings();
            gathered.rows.push_back(large);
            known.forEach((source, w) -> gathered.add(source, w, Optional.ofNullable(anchors.get(source))));
            double[][] products = products(gathered.rows);
            List<AnchorReading> readings = new ArrayList<>();
            gathered.first.forEach((source, row) -> {
                AnchorReading reading =
                        reading(source, step.sigma(), Optional.ofNullable(anchors.get(source)), products, row);
                if (reading.isFinite()) {
                    readings.add(reading);
                }
            });
            return readings;
        }
    }

    /** Rows w, w_a and w_a - w_b, as far as there are any. */
    private void add(Source source, Tensor w, Optional<Anchor> anchor) {
        if (anchor.isEmpty() && !source.worksWithoutAnchor()) {
            return;
        }
        first.put(source, (int) rows.size());
        rows.push_back(w);
        anchor.ifPresent(a -> {
            rows.push_back(a.unknown());
            a.earlier().ifPresent(b -> rows.push_back(a.unknown().sub(b.unknown())));
        });
    }

    /** The inner products of the rows with each other. */
    private static double[][] products(TensorVector rows) {
        int count = (int) rows.size();
        Tensor values = torch.stack(rows, 0).flatten(1, -1).to(ScalarType.Double);
        double[] all = new double[count * count];
        values.matmul(values.t()).cpu().contiguous().data_ptr_double().get(all);
        double[][] products = new double[count][count];
        for (int i = 0; i < count; i++) {
            System.arraycopy(all, i * count, products[i], 0, count);
        }
        return products;
    }

    private static AnchorReading reading(
            Source source, double sigma, Optional<Anchor> anchor, double[][] products, int w) {
        double unit = products[0][0];
        if (anchor.isEmpty()) {
            return AnchorReading.plain(source, sigma, products[w][w] / unit);
        }
        int a = w + 1;
        double ww = products[w][w] / unit;
        double wa = products[w][a] / unit;
        double aa = products[a][a] / unit;
        Optional<Anchor.Earlier> earlier = anchor.get().earlier();
        if (earlier.isEmpty()) {
            return new AnchorReading(source, sigma, anchor.get().sigma(), ww, wa, 0, aa, 0, 0);
        }
        int s = w + 2;
        double reach = earlier.get().reach(anchor.get(), sigma);
        return new AnchorReading(
                source,
                sigma,
                anchor.get().sigma(),
                ww,
                wa,
                reach * products[w][s] / unit,
                aa,
                reach * products[a][s] / unit,
                reach * reach * products[s][s] / unit);
    }
}
