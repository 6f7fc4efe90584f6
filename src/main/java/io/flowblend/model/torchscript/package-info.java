/** Models that come as TorchScript files: velocity models, text encoders and decoders that need no Java code. */
@NullMarked
package io.flowblend.model.torchscript;

import org.jspecify.annotations.NullMarked;
