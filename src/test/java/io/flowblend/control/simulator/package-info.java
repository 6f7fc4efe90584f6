/**
 * Pairs in closed form that the product's policies are run on, and a service around them. The truth knows nothing of the
 * product's error law: errors reach the result through the sampler itself.
 */
@NullMarked
package io.flowblend.control.simulator;

import org.jspecify.annotations.NullMarked;
