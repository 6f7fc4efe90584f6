/** What the benchmarks share: prompts and seeds, runs side by side, statistics, tables, and the log of a long run. */
@NullMarked
package io.flowblend.experiment;

import org.jspecify.annotations.NullMarked;
