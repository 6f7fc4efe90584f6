/** Layers that the families of diffusion transformers share. */
@NullMarked
package io.flowblend.model.layer;

import org.jspecify.annotations.NullMarked;
