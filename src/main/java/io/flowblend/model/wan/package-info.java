/**
 * Wan 2.1 as Hugging Face diffusers stores it: transformer, UMT5 text encoder, causal video autoencoder.
 */
@NullMarked
package io.flowblend.model.wan;

import org.jspecify.annotations.NullMarked;
