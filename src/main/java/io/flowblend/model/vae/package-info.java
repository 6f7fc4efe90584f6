/**
 * What the video autoencoders of the families have in common: frames as batches of images, what layers remember of earlier
 * frames, statistics and sizes of latents, and decoding in tiles.
 */
@NullMarked
package io.flowblend.model.vae;

import org.jspecify.annotations.NullMarked;
