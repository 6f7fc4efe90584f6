/**
 * What was measured about a pair: readings, twin runs, audits, and the rules by which its state follows from them. Numbers only.
 */
@NullMarked
package io.flowblend.evidence;

import org.jspecify.annotations.NullMarked;
