package io.flowblend.model.layer;

import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What the time of a step does to the layers and to the head: sinusoids of the timestep, two linear layers, and one
 * learned table a layer that is added to their result. All but the projection is in float32 whatever the model's format, as
 * diffusers keeps it for Wan: the first two layers and the tables are sensitive.
 *
 * @param layerTables {@code [6 L, d]}: the layers' tables under each other, with 1 added to every scale
 * @param headTable {@code [2, d]}: shift and scale of the head, with 1 added to the scale
 */
public record TimeModulation(
        Linear embed1,
        Linear embed2,
        Linear project,
        Tensor layerTables,
        Tensor headTable,
        int width,
        int sinusoids,
        Placement placement) {
    /** Rows of a layer's table: shift, scale and gate of attention, then of the feed-forward. */
    private static final int ROWS = 6;

    private static final int[] LAYER_SCALES = {1, 4};

    /**
     * What a family calls the parts.
     *
     * @param embedder the two layers behind the sinusoids, without their numbers 1 and 2
     * @param projection the layer that makes the rows of all layers
     * @param layers the layers, without their numbers
     * @param tablesAreBatched whether the tables are stored as {@code [1, rows, d]} instead of {@code [rows, d]}
     */
    public record Names(String embedder, String projection, String layers, boolean tablesAreBatched) {
        private Tensor table(Weights weights, String owner, int rows, int width) {
            String name = owner + "scale_shift_table";
            Tensor table = tablesAreBatched ? weights.exact(name, 1, rows, width) : weights.exact(name, rows, width);
            return table.clone().view(rows, width);
        }
    }

    /**
     * @param layers number of layers
     * @param width d
     * @param sinusoids number of sinusoids, even
     */
    public static TimeModulation read(Weights weights, Names names, int layers, int width, int sinusoids) {
        return new TimeModulation(
                Linear.exact(weights, names.embedder() + 1, sinusoids, width),
                Linear.exact(weights, names.embedder() + 2, width, width),
                Linear.read(weights, names.projection(), width, ROWS * width),
                layerTables(weights, names, layers, width),
                headTable(weights, names, width),
                width,
                sinusoids,
                weights.placement());
    }

    private static Tensor layerTables(Weights weights, Names names, int layers, int width) {
        try (TensorScope scope = TensorScope.open()) {
            TensorVector tables = new TensorVector();
            for (int i = 0; i < layers; i++) {
                Tensor table = names.table(weights, names.layers() + i + ".", ROWS, width);
                for (int row : LAYER_SCALES) {
                    addOne(table.select(0, row));
                }
                tables.push_back(table);
            }
            return weights.own(torch.cat(tables, 0));
        }
    }

    private static Tensor headTable(Weights weights, Names names, int width) {
        Tensor table = names.table(weights, "", 2, width);
        addOne(table.select(0, 1));
        return weights.own(table);
    }

    private static void addOne(Tensor table) {
        table.add_(new Scalar(1.0f));
    }

    /** The modulations at {@code timestep}, float32, owned by the caller's scope. */
    public Modulations at(double timestep) {
        Tensor waves = placement.moved(Sinusoids.of(timestep, sinusoids));
        Tensor embedded = placement.here(embed2.apply(torch.silu_(embed1.apply(waves))));
        Tensor projected = project.apply(torch.silu(embedded)).view(1, ROWS, width);
        Tensor layers = layerTables.view(-1, ROWS, width).add(projected);
        return new Modulations(
                layers.view(-1, width).unbind(0), headTable.add(embedded).unbind(0));
    }

    /**
     * What time does to one layer, each {@code [d]}.
     *
     * @param attentionScale one plus the scale
     * @param feedScale one plus the scale
     */
    public record Modulation(
            Tensor attentionShift,
            Tensor attentionScale,
            Tensor attentionGate,
            Tensor feedShift,
            Tensor feedScale,
            Tensor feedGate) {}

    /**
     * @param layers rows {@code [d]}, six for every layer
     * @param head rows {@code [d]}: shift, one plus scale
     */
    public record Modulations(TensorVector layers, TensorVector head) {
        public Modulation layer(int index) {
            long first = (long) ROWS * index;
            return new Modulation(
                    layers.get(first),
                    layers.get(first + 1),
                    layers.get(first + 2),
                    layers.get(first + 3),
                    layers.get(first + 4),
                    layers.get(first + 5));
        }

        public Tensor headShift() {
            return head.get(0);
        }

        public Tensor headScale() {
            return head.get(1);
        }
    }
}
