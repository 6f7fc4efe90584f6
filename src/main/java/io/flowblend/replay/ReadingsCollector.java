package io.flowblend.replay;

import io.flowblend.calibration.Source;
import io.flowblend.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Keeps what each step of the LARGE run made known, until the run ends and the products are taken. */
final class ReadingsCollector implements AutoCloseable {
    /** Above this, what is kept goes to the machine's memory. */
    private static final long BYTES_ON_DEVICE = 256L << 20;

    /** Values of a tensor that are widened to double precision at a time. */
    private static final long CHUNK = 1 << 18;

    /** @param known owned w by source */
    private record KeptStep(double sigma, double velocitySquare, Map<Source, Tensor> known) {}

    private final int steps;
    private final List<KeptStep> kept = new ArrayList<>();

    /** @param steps of the run */
    ReadingsCollector(int steps) {
        this.steps = steps;
    }

    /** Keeps a step. */
    void add(double sigma, Tensor velocity, Map<Source, Tensor> known) {
        try (TensorScope scope = TensorScope.open()) {
            boolean far = velocity.nbytes() * steps * known.size() > BYTES_ON_DEVICE;
            Map<Source, Tensor> owned = new EnumMap<>(Source.class);
            known.forEach((source, w) -> owned.put(source, TensorScope.own(far ? w.cpu() : w)));
            double length = velocity.to(ScalarType.Double).norm().item_double();
            kept.add(new KeptStep(sigma, length * length, owned));
        }
    }

    /** The products of all steps. */
    RunReadings readings() {
        Set<Source> sources = EnumSet.noneOf(Source.class);
        kept.forEach(step -> sources.addAll(step.known().keySet()));
        Map<Source, double[][]> products = new EnumMap<>(Source.class);
        sources.forEach(source -> products.put(source, products(source)));
        return new RunReadings(
                kept.stream().mapToDouble(KeptStep::sigma).toArray(),
                products,
                kept.stream().mapToDouble(KeptStep::velocitySquare).toArray());
    }

    private double[][] products(Source source) {
        double[][] products = new double[kept.size()][kept.size()];
        for (double[] row : products) {
            Arrays.fill(row, Double.NaN);
        }
        int[] known = IntStream.range(0, kept.size())
                .filter(step -> kept.get(step).known().containsKey(source))
                .toArray();
        double[] all = gram(Arrays.stream(known)
                .mapToObj(step -> kept.get(step).known().get(source))
                .toList());
        for (int i = 0; i < known.length; i++) {
            for (int j = 0; j < known.length; j++) {
                products[known[i]][known[j]] = all[i * known.length + j];
            }
        }
        return products;
    }

    private static double[] gram(List<Tensor> rows) {
        try (TensorScope scope = TensorScope.open()) {
            long values = rows.get(0).numel();
            Tensor sum = chunk(rows, 0, Math.min(CHUNK, values));
            for (long from = CHUNK; from < values; from += CHUNK) {
                try (TensorScope each = TensorScope.open()) {
                    sum.add_(chunk(rows, from, Math.min(CHUNK, values - from)));
                }
            }
            double[] products = new double[rows.size() * rows.size()];
            sum.cpu().contiguous().data_ptr_double().get(products);
            return products;
        }
    }

    private static Tensor chunk(List<Tensor> rows, long from, long length) {
        TensorVector parts = new TensorVector();
        rows.forEach(row -> parts.push_back(row.flatten().narrow(0, from, length)));
        Tensor stacked = torch.stack(parts, 0).to(ScalarType.Double);
        return stacked.matmul(stacked.t());
    }

    @Override
    public void close() {
        kept.forEach(step -> step.known().values().forEach(Tensor::close));
        kept.clear();
    }
}
