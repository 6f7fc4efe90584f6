package io.flowblend.reference;

import io.flowblend.model.Condition;
import io.flowblend.model.wan.WanTransformer;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** One forward of a transformer. Every row of a case has its own timestep, so each is run by itself. */
final class WanTransformerCases implements CaseRunner {
    private static final double TIMESTEPS = 1000;

    @Override
    public boolean handles(String caseName) {
        return caseName.startsWith("wan-transformer") || caseName.startsWith("lora-wan");
    }

    @Override
    public void run(ReferenceCase reference) {
        Path folder = reference.folder().resolve("model");
        try (WanTransformer model = WanTransformer.load(folder, ReferenceCase.PLACEMENT, reference.loras())) {
            run(reference, model);
        }
        if (!reference.loras().isEmpty()) {
            try (WanTransformer base = WanTransformer.load(folder, ReferenceCase.PLACEMENT);
                    WanTransformer model = base.beside(folder, reference.loras())) {
                run(reference, model);
            }
        }
    }

    private static void run(ReferenceCase reference, WanTransformer model) {
        Tensor x = reference.tensor("hidden_states");
        Tensor text = reference.tensor("encoder_hidden_states");
        Tensor timesteps = reference.tensor("timestep");
        TensorVector rows = new TensorVector();
        for (long row = 0; row < x.size(0); row++) {
            try (Condition condition = new Condition(text.narrow(0, row, 1))) {
                double sigma = timesteps.select(0, row).item_float() / TIMESTEPS;
                rows.push_back(model.velocity(x.narrow(0, row, 1), sigma, condition));
            }
        }
        reference.assertNear("output", torch.cat(rows, 0), FORWARD);
    }
}
