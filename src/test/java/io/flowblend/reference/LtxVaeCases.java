package io.flowblend.reference;

import io.flowblend.model.ltx.vae.LtxVaeDecoder;
import io.flowblend.model.ltx.vae.LtxVaeEncoder;
import java.nio.file.Path;

/** {@code AutoencoderKLLTXVideo}: raw latents to frames, not clamped, and frames to the mode of their latents. */
final class LtxVaeCases implements CaseRunner {
    @Override
    public boolean handles(String caseName) {
        return caseName.startsWith("ltx-vae-");
    }

    @Override
    public void run(ReferenceCase reference) {
        Path model = reference.folder().resolve("model");
        if (reference.tensors().has("decoded")) {
            double timestep = reference.tensors().has("timestep")
                    ? reference.tensor("timestep").select(0, 0).item_float()
                    : 0;
            try (LtxVaeDecoder decoder = LtxVaeDecoder.loadRaw(model, timestep, ReferenceCase.PLACEMENT)) {
                reference.assertNear("decoded", decoder.decodeRaw(reference.tensor("latents")), FORWARD);
            }
        }
        if (reference.tensors().has("encoded.mean")) {
            try (LtxVaeEncoder encoder = LtxVaeEncoder.loadRaw(model, ReferenceCase.PLACEMENT)) {
                reference.assertNear("encoded.mean", encoder.encodeRaw(reference.tensor("video")), FORWARD);
            }
        }
    }
}
