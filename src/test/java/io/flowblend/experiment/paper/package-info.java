/**
 * The FlowBlending paper's own experiments for any pair: velocity divergence by step, both stage boundaries, all patterns of
 * LARGE and SMALL, floating point operations, and one page that shows them.
 */
@NullMarked
package io.flowblend.experiment.paper;

import org.jspecify.annotations.NullMarked;
