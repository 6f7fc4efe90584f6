/**
 * The rules of others as policies in the same loop, to measure against: each cites its source and says where it had to be
 * fitted to what a policy sees here.
 */
@NullMarked
package io.flowblend.control.rival;

import org.jspecify.annotations.NullMarked;
