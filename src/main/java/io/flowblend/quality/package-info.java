/**
 * How good a finished video is: how near to another one, and how far it shows what its prompt says.
 */
@NullMarked
package io.flowblend.quality;

import org.jspecify.annotations.NullMarked;
