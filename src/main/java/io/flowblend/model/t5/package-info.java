/** The text encoders T5 and UMT5 as Hugging Face transformers stores them. */
@NullMarked
package io.flowblend.model.t5;

import org.jspecify.annotations.NullMarked;
