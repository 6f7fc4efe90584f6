/** LoRA files: what they say of a model's weights, and their merging into them. */
@NullMarked
package io.flowblend.model.lora;

import org.jspecify.annotations.NullMarked;
