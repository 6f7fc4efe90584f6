/**
 * What was learned about a pair, as numbers: a model of each source, the promise curve, the stored profile. Sees no tensor,
 * no clock and no random source.
 */
@NullMarked
package io.flowblend.calibration;

import org.jspecify.annotations.NullMarked;
