package io.flowblend.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.t5.T5Encoder;
import io.flowblend.tensor.TensorData;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Hidden states of the text encoders: of all tokens, and of those that the mask leaves. What the reference computes at
 * masked positions is thrown away by every pipeline, so it is left out here as well.
 */
final class T5Cases implements CaseRunner {
    /** In bfloat16 transformers itself is up to 4.0e-2 away from float32 on these cases (5.23.0, torch 2.10.0). */
    private static final double TOLERANCE = ReferenceCase.PLACEMENT.narrow() ? 5e-2 : FORWARD;

    @Override
    public boolean handles(String caseName) {
        return caseName.startsWith("umt5") || caseName.startsWith("t5");
    }

    @Override
    public void run(ReferenceCase reference) {
        Tensor ids = reference.tensor("input_ids");
        Tensor mask = reference.tensor("attention_mask");
        Tensor masked = reference.tensor("output");
        try (T5Encoder encoder = T5Encoder.load(reference.folder().resolve("model"), ReferenceCase.PLACEMENT)) {
            TensorVector rows = new TensorVector();
            for (long row = 0; row < ids.size(0); row++) {
                rows.push_back(encoder.encode(values(ids.select(0, row))));
                long length = mask.select(0, row).sum().item_long();
                Tensor kept = ids.select(0, row).narrow(0, 0, length);
                double error = TensorData.relativeL2(
                        encoder.encode(values(kept)), masked.select(0, row).narrow(0, 0, length));
                assertTrue(
                        error <= ReferenceCase.onThisPlacement(TOLERANCE),
                        () -> reference.name() + ": relative L2 of 'output' is " + error);
            }
            reference.assertNear("output_without_mask", torch.stack(rows, 0), TOLERANCE);
        }
    }

    private static long[] values(Tensor ids) {
        Tensor plain = ids.to(ScalarType.Long).contiguous();
        return LongStream.range(0, plain.size(0))
                .map(i -> plain.select(0, i).item_long())
                .toArray();
    }
}
