package io.flowblend.reference;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowblend.model.Condition;
import io.flowblend.model.Scene;
import io.flowblend.model.TextEmbeddings;
import io.flowblend.model.layer.PatchGrid;
import io.flowblend.model.ltx.LtxTransformer;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** One forward on packed latents. Every row of a case has its own timestep, so each is run by itself. */
final class LtxTransformerCases implements CaseRunner {
    private static final double TIMESTEPS = 1000;

    @Override
    public boolean handles(String caseName) {
        return caseName.startsWith("ltx-transformer") || caseName.startsWith("lora-ltx");
    }

    @Override
    public void run(ReferenceCase reference) {
        Path folder = reference.folder().resolve("model");
        try (LtxTransformer model = LtxTransformer.load(folder, ReferenceCase.PLACEMENT, reference.loras())) {
            run(reference, model);
        }
        if (!reference.loras().isEmpty()) {
            try (LtxTransformer base = LtxTransformer.load(folder, ReferenceCase.PLACEMENT);
                    LtxTransformer model = base.beside(folder, reference.loras())) {
                run(reference, model);
            }
        }
    }

    private static void run(ReferenceCase reference, LtxTransformer model) {
        JsonNode call = reference.note();
        PatchGrid grid = new PatchGrid(
                call.path("num_frames").asInt(),
                call.path("height").asInt(),
                call.path("width").asInt());
        JsonNode scale = call.path("rope_interpolation_scale");
        Scene scene = new Scene(scale.path(0).asDouble(), scale.path(1).asDouble(), 0);
        Tensor x = reference.tensor("hidden_states");
        Tensor text = reference.tensor("encoder_hidden_states");
        Tensor mask = reference.tensor("encoder_attention_mask");
        Tensor timesteps = reference.tensor("timestep");
        TensorVector rows = new TensorVector();
        for (long row = 0; row < x.size(0); row++) {
            TextEmbeddings prompt = new TextEmbeddings(text.narrow(0, row, 1), Optional.of(mask.narrow(0, row, 1)));
            double sigma = timesteps.select(0, row).item_float() / TIMESTEPS;
            try (Condition condition = new Condition(prompt, scene)) {
                rows.push_back(model.packedVelocity(x.narrow(0, row, 1), grid, sigma, condition));
            }
        }
        reference.assertNear("output", torch.cat(rows, 0), FORWARD);
    }
}
