/**
 * One pair's whole way from a prompt to frames.
 */
@NullMarked
package io.flowblend.pipeline;

import org.jspecify.annotations.NullMarked;
