package io.flowblend.reference;

import io.flowblend.model.wan.vae.WanVaeDecoder;
import io.flowblend.model.wan.vae.WanVaeEncoder;

/** {@code AutoencoderKLWan}: raw latents to frames in -1..1, and frames to the mode of their latents. */
final class WanVaeCases implements CaseRunner {
    @Override
    public boolean handles(String caseName) {
        return caseName.startsWith("wan-vae-");
    }

    @Override
    public void run(ReferenceCase reference) {
        try (WanVaeDecoder decoder =
                WanVaeDecoder.loadRaw(reference.folder().resolve("model"), ReferenceCase.PLACEMENT)) {
            reference.assertNear("decoded", decoder.decodeRaw(reference.tensor("latents")), FORWARD);
        }
        try (WanVaeEncoder encoder =
                WanVaeEncoder.loadRaw(reference.folder().resolve("model"), ReferenceCase.PLACEMENT)) {
            reference.assertNear("encoded.mean", encoder.encodeRaw(reference.tensor("video")), FORWARD);
        }
    }
}
