/**
 * Tuning profiles: how they are read, reloaded and chosen.
 */
@NullMarked
package io.flowblend.tuning;

import org.jspecify.annotations.NullMarked;
