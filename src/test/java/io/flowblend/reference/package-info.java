/** Parity with the reference implementations, case by case. */
@NullMarked
package io.flowblend.reference;

import org.jspecify.annotations.NullMarked;
