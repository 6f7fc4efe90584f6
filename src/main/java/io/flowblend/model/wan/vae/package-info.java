/**
 * Wan's causal video autoencoder, chunk by chunk: {@link io.flowblend.model.wan.vae.WanVaeDecoder} and
 * {@link io.flowblend.model.wan.vae.WanVaeEncoder} run a {@code WanVaeNetwork} of layers over a few frames at a time, with
 * what each layer remembers of the frames before in a {@code WanVaeHistory}.
 */
@NullMarked
package io.flowblend.model.wan.vae;

import org.jspecify.annotations.NullMarked;
