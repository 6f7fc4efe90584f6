/** Pairs on disk: what is accepted, and how the rest is refused. */
@NullMarked
package io.flowblend.model.pair;

import org.jspecify.annotations.NullMarked;
