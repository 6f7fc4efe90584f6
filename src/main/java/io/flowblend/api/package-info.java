/**
 * The wire: REST resources and records, errors, security, health, metrics, wiring.
 */
@NullMarked
package io.flowblend.api;

import org.jspecify.annotations.NullMarked;
