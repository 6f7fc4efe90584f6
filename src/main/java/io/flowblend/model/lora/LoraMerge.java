package io.flowblend.model.lora;

import io.flowblend.tensor.Placement;
import io.flowblend.tensor.ThinProduct;
import io.flowblend.tensor.WeightFiles;
import io.flowblend.tensor.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * LoRA files that are open while a model is built from weights that they change: merged, so that a forward costs what it costs
 * without them.
 */
public final class LoraMerge implements AutoCloseable {
    private final List<LoraFile> files = new ArrayList<>();

    private LoraMerge() {}

    /** @throws io.flowblend.file.InvalidFileException naming the file, and the tensor, that cannot be used */
    public static LoraMerge open(List<Lora> loras) {
        LoraMerge merge = new LoraMerge();
        try {
            loras.forEach(lora -> merge.files.add(LoraFile.open(lora)));
            return merge;
        } catch (RuntimeException e) {
            merge.close();
            throw e;
        }
    }

    /** The weights as the files change them, one after the other. */
    public Weights into(Weights weights) {
        files.forEach(file -> weights.change(file.changes(weights.names())));
        return weights;
    }

    /**
     * The weights as they are, with the files' products beside those that linear layers of the blocks read; the rest is merged.
     */
    public Weights beside(Weights weights) {
        for (LoraFile file : files) {
            Map<String, UnaryOperator<Tensor>> changes = new TreeMap<>(file.changes(weights.names()));
            Map<String, ThinProduct> products = file.products(weights);
            products.keySet().forEach(changes::remove);
            weights.change(changes);
            weights.addBeside(products);
        }
        return weights;
    }

    /**
     * Holds a file against the names and shapes of the weights that it is for; no value is read.
     *
     * @throws io.flowblend.file.InvalidFileException naming the first tensor that does not fit
     */
    public static void requireFits(Lora lora, WeightFiles model) {
        try (LoraFile file = LoraFile.open(lora);
                Weights weights = Weights.open(model, Placement.CPU)) {
            file.requireFits(weights);
        }
    }

    @Override
    public void close() {
        files.forEach(LoraFile::close);
        files.clear();
    }
}
