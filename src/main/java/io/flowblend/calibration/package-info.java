/**
 * What was learned about a pair, as numbers: curves over sigma, sensitivity, thresholds by quality. Sees no tensor, no
 * clock and no random source.
 */
@NullMarked
package io.flowblend.calibration;

import org.jspecify.annotations.NullMarked;
