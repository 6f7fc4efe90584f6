/**
 * Networks that measures need, from a local folder: features of pictures (DINO, CLIP and others), LPIPS, optical flow, frame
 * interpolation. Nothing is downloaded; what is not there is not available.
 */
@NullMarked
package io.flowblend.quality.network;

import org.jspecify.annotations.NullMarked;
