@NullMarked
package io.flowblend.api.observe;

import org.jspecify.annotations.NullMarked;
