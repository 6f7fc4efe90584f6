/**
 * Model files as their owners have them: which names tensors and configs have in other layouts than that of diffusers, and
 * what can be told of a model from the tensors of one file.
 */
@NullMarked
package io.flowblend.model.checkpoint;

import org.jspecify.annotations.NullMarked;
