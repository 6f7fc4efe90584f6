package io.flowblend.model.pair;

import io.flowblend.model.LatentShape;
import io.flowblend.model.TransformerPlan;
import io.flowblend.model.vae.VaePlan;
import java.nio.file.Path;

/**
 * What the configs of a pair say of its size, as its family counts.
 *
 * @param large the large transformer, with the cost that it has here
 * @param small the small one
 * @param decoder the decoding half of the autoencoder
 * @param paper the FlowBlending paper's own count
 */
record PairPlan(TransformerPlan large, TransformerPlan small, VaePlan decoder, PaperCount paper) {
    /**
     * Floating point operations of the linear layers of one step as tables 2 and 5 of the paper count them: for WAN one
     * pass, for LTX-Video all passes of guidance, with the time's layers run for every token.
     */
    interface PaperCount {
        double step(Path transformer, LatentShape latents, int textTokens, int passes);
    }
}
