/** Tests of models from TorchScript files. */
@NullMarked
package io.flowblend.model.torchscript;

import org.jspecify.annotations.NullMarked;
