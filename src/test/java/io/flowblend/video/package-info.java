/**
 * Encodings are checked by reading them back.
 */
@NullMarked
package io.flowblend.video;

import org.jspecify.annotations.NullMarked;
