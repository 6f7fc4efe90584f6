/**
 * The wire: REST resources, errors, configuration and wiring. Records that are read and written are in {@code wire},
 * who may do what in {@code security}, metrics, logs and health in {@code observe}.
 */
@NullMarked
package io.flowblend.api;

import org.jspecify.annotations.NullMarked;
