@NullMarked
package io.flowblend.api.wire;

import org.jspecify.annotations.NullMarked;
