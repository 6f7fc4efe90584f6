/**
 * How good a finished video is: against a reference ({@link io.flowblend.quality.VideoMetric}), or against what its
 * caption asked for ({@link io.flowblend.quality.DigitAdherence}).
 */
@NullMarked
package io.flowblend.quality;

import org.jspecify.annotations.NullMarked;
