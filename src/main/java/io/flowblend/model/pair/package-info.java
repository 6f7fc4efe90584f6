/**
 * Pairs on disk: the description ({@code pair.yaml}), the built-in pair in the jar, and loading into memory.
 */
@NullMarked
package io.flowblend.model.pair;

import org.jspecify.annotations.NullMarked;
