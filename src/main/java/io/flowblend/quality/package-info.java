/**
 * How near a video is to another, by measures of pixels ({@link io.flowblend.quality.Psnr},
 * {@link io.flowblend.quality.Ssim}).
 */
@NullMarked
package io.flowblend.quality;

import org.jspecify.annotations.NullMarked;
