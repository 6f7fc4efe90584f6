/**
 * The one door to libtorch: who owns native memory ({@link io.flowblend.tensor.TensorScope}), how weights come in
 * ({@link io.flowblend.tensor.Weights}), how noise is drawn ({@link io.flowblend.tensor.SeededNoise}), and how numbers
 * go in and out ({@link io.flowblend.tensor.TensorData}).
 *
 * <p>Sigma convention, for every package: sigma is the noise level, 1 = pure noise, 0 = data;
 * {@code x = sigma * noise + (1 - sigma) * data}; a model predicts the velocity {@code v = noise - data}.
 */
@NullMarked
package io.flowblend.tensor;

import org.jspecify.annotations.NullMarked;
