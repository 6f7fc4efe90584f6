/**
 * The cheapest rest of a run whose error fits the budget: the arithmetic of errors, what is known of the request, and the
 * plan. Numbers only.
 */
@NullMarked
package io.flowblend.control.plan;

import org.jspecify.annotations.NullMarked;
