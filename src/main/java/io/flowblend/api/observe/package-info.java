/**
 * What an operator sees: metrics, the log line of a video, health.
 */
@NullMarked
package io.flowblend.api.observe;

import org.jspecify.annotations.NullMarked;
