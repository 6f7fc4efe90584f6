/**
 * The same request made in several ways: branches with shared beginnings, for twin runs, audits and benchmarks.
 */
@NullMarked
package io.flowblend.replay;

import org.jspecify.annotations.NullMarked;
