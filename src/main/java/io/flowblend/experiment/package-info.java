/**
 * Measurements: benchmarks and the paper's experiments.
 */
@NullMarked
package io.flowblend.experiment;

import org.jspecify.annotations.NullMarked;
