@NullMarked
package io.flowblend.api.security;

import org.jspecify.annotations.NullMarked;
