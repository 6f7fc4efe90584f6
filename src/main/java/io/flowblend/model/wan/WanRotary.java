package io.flowblend.model.wan;

import io.flowblend.model.layer.PatchGrid;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rotary position embedding over frames, rows and columns (Su et al. 2021): the numbers of a head, taken in pairs as
 * complex numbers, are turned by {@code position * 10000^(-2i/n)}. A head of width D gives {@code 2 (D / 6)} numbers each
 * to row and column and the rest to the frame. Tables are kept for the grids used last.
 *
 * <p>A checkpoint that is stored in one half-width format throughout was cast as a whole, tables included, so they are
 * rounded to that format. One that keeps its sensitive parts in float32 keeps its tables in float32 as well.
 */
final class WanRotary implements AutoCloseable {
    private static final double THETA = 10_000;
    private static final int KEPT_GRIDS = 4;

    private final int headWidth;
    private final ScalarType format;
    private final Placement placement;
    private final Map<PatchGrid, Tensor> tables = new LinkedHashMap<>(16, 0.75f, true);

    /** @param format that the tables are rounded to; they are float32 all the same */
    WanRotary(int headWidth, ScalarType format, Placement placement) {
        this.headWidth = headWidth;
        this.format = format;
        this.placement = placement;
    }

    /** The turns {@code [N, 1, D / 2]}, complex, of every token of the grid; owned by the caller's scope. */
    synchronized Tensor turns(PatchGrid grid) {
        Tensor table = tables.get(grid);
        if (table == null) {
            if (tables.size() == KEPT_GRIDS) {
                PatchGrid oldest = tables.keySet().iterator().next();
                tables.remove(oldest).close();
            }
            table = make(grid);
            tables.put(grid, table);
        }
        return new Tensor(table);
    }

    private Tensor make(PatchGrid grid) {
        int side = 2 * (headWidth / 6);
        int[] widths = {headWidth - 2 * side, side, side};
        float[] parts = new float[grid.tokens() * headWidth];
        int at = 0;
        for (int frame = 0; frame < grid.frames(); frame++) {
            for (int row = 0; row < grid.height(); row++) {
                for (int column = 0; column < grid.width(); column++) {
                    int[] position = {frame, row, column};
                    for (int axis = 0; axis < 3; axis++) {
                        for (int i = 0; i < widths[axis]; i += 2) {
                            double angle = position[axis] / Math.pow(THETA, (double) i / widths[axis]);
                            parts[at++] = (float) Math.cos(angle);
                            parts[at++] = (float) Math.sin(angle);
                        }
                    }
                }
            }
        }
        try (TensorScope scope = TensorScope.open()) {
            Tensor rounded = TensorData.floats(parts, grid.tokens(), 1, headWidth / 2, 2)
                    .to(format)
                    .to(ScalarType.Float);
            return TensorScope.own(placement.moved(torch.view_as_complex(rounded)));
        }
    }

    @Override
    public synchronized void close() {
        tables.values().forEach(Tensor::close);
        tables.clear();
    }
}
