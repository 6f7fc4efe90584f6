@NullMarked
package io.flowblend.model.lora;

import org.jspecify.annotations.NullMarked;
