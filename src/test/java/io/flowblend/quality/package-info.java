/**
 * Measures are checked on videos whose answer is known by construction.
 */
@NullMarked
package io.flowblend.quality;

import org.jspecify.annotations.NullMarked;
