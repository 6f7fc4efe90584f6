/**
 * Who advances a step. Numbers in, decisions out: no tensor, no clock, no random source, no thread.
 */
@NullMarked
package io.flowblend.control;

import org.jspecify.annotations.NullMarked;
