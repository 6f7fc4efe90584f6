/**
 * LTX-Video's video autoencoder in both layouts, the first one and that of 0.9.5: {@link
 * io.flowblend.model.ltx.vae.LtxVaeDecoder} and {@link io.flowblend.model.ltx.vae.LtxVaeEncoder}.
 */
@NullMarked
package io.flowblend.model.ltx.vae;

import org.jspecify.annotations.NullMarked;
