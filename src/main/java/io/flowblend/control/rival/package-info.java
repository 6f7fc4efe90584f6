/**
 * The rules of others as policies in the same loop, to measure against: each cites its source and says where it had to be
 * fitted to what a policy sees here. TeaCache (Liu et al. 2024, arXiv 2411.19108) is not among them: it reads the input that
 * the time embedding has modulated inside the model, rescaled by a polynomial fitted to each model. A policy sees neither,
 * and a row without them would measure another rule under its name.
 */
@NullMarked
package io.flowblend.control.rival;

import org.jspecify.annotations.NullMarked;
