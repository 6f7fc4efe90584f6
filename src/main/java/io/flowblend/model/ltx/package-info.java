/** LTX-Video's transformer as Hugging Face diffusers stores it; the video autoencoder is in {@code vae}. */
@NullMarked
package io.flowblend.model.ltx;

import org.jspecify.annotations.NullMarked;
