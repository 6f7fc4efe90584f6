/** Pairs that nothing is known about, served from their first request on. */
@NullMarked
package io.flowblend.experiment.newpair;

import org.jspecify.annotations.NullMarked;
