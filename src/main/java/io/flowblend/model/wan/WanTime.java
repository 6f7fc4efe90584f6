package io.flowblend.model.wan;

import io.flowblend.model.wan.WanBlock.Modulation;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What the time of a step does to the layers and to the head: sinusoids of the timestep, two linear layers, and one
 * learned table a layer that is added to their result.
 *
 * @param layerTables {@code [6 L, d]}: the layers' tables under each other, with 1 added to every scale
 * @param headTable {@code [2, d]}: shift and scale of the head, with 1 added to the scale
 */
record WanTime(
        Linear embed1, Linear embed2, Linear project, Tensor layerTables, Tensor headTable, int width, int sinusoids) {
    private static final double LONGEST_PERIOD = 10_000;

    /** Rows of a layer's table: shift, scale and gate of attention, then of the feed-forward. */
    private static final int ROWS = 6;

    private static final int[] LAYER_SCALES = {1, 4};

    static WanTime read(Weights weights, WanConfig config) {
        int width = config.width();
        String embedder = "condition_embedder.time_embedder.linear_";
        return new WanTime(
                Linear.read(weights, embedder + 1, config.timeWidth(), width),
                Linear.read(weights, embedder + 2, width, width),
                Linear.read(weights, "condition_embedder.time_proj", width, ROWS * width),
                layerTables(weights, config),
                headTable(weights, width),
                width,
                config.timeWidth());
    }

    private static Tensor layerTables(Weights weights, WanConfig config) {
        try (TensorScope scope = TensorScope.open()) {
            TensorVector tables = new TensorVector();
            for (int i = 0; i < config.layers(); i++) {
                Tensor table = weights.tensor("blocks." + i + ".scale_shift_table", 1, ROWS, config.width())
                        .clone();
                for (int row : LAYER_SCALES) {
                    addOne(table.select(1, row));
                }
                tables.push_back(table);
            }
            return weights.own(torch.cat(tables, 0).view((long) ROWS * config.layers(), config.width()));
        }
    }

    private static Tensor headTable(Weights weights, int width) {
        Tensor table = weights.tensor("scale_shift_table", 1, 2, width).clone().view(2, width);
        addOne(table.select(0, 1));
        return weights.own(table);
    }

    private static void addOne(Tensor table) {
        table.add_(new Scalar(1.0f));
    }

    /** The modulations at {@code timestep}, owned by the caller's scope. */
    Modulations at(double timestep) {
        Tensor embedded = embed2.apply(torch.silu_(embed1.apply(sinusoids(timestep))));
        Tensor projected = project.apply(torch.silu(embedded)).view(1, ROWS, width);
        Tensor layers = layerTables.view(-1, ROWS, width).add(projected);
        return new Modulations(
                layers.view(-1, width).unbind(0), headTable.add(embedded).unbind(0));
    }

    /** {@code [1, sinusoids]}: cosines, then sines, of the timestep at geometrically falling frequencies, as float32. */
    private Tensor sinusoids(double timestep) {
        int half = sinusoids / 2;
        float[] values = new float[sinusoids];
        for (int i = 0; i < half; i++) {
            float frequency = (float) Math.exp((float) (-Math.log(LONGEST_PERIOD) * i) / half);
            float angle = (float) timestep * frequency;
            values[i] = (float) Math.cos(angle);
            values[half + i] = (float) Math.sin(angle);
        }
        return TensorData.floats(values, 1, sinusoids);
    }

    /**
     * @param layers rows {@code [d]}, six for every layer
     * @param head rows {@code [d]}: shift, one plus scale
     */
    record Modulations(TensorVector layers, TensorVector head) {
        Modulation layer(int index) {
            long first = (long) ROWS * index;
            return new Modulation(
                    layers.get(first),
                    layers.get(first + 1),
                    layers.get(first + 2),
                    layers.get(first + 3),
                    layers.get(first + 4),
                    layers.get(first + 5));
        }

        Tensor headShift() {
            return head.get(0);
        }

        Tensor headScale() {
            return head.get(1);
        }
    }
}
