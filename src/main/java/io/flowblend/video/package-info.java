/**
 * Finished frames and their encodings.
 */
@NullMarked
package io.flowblend.video;

import org.jspecify.annotations.NullMarked;
