/**
 * What a model is ({@link io.flowblend.model.VelocityModel}), what a pair of them is, how a pair is read from disk, and
 * what a forward costs. Families live in sub-packages.
 */
@NullMarked
package io.flowblend.model;

import org.jspecify.annotations.NullMarked;
