/**
 * Wan 2.1 as Hugging Face diffusers stores it: the transformer; the causal video autoencoder is in {@code vae}.
 */
@NullMarked
package io.flowblend.model.wan;

import org.jspecify.annotations.NullMarked;
