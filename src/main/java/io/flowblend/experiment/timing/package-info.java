/** How long things take on this machine, and in how much memory. */
@NullMarked
package io.flowblend.experiment.timing;

import org.jspecify.annotations.NullMarked;
