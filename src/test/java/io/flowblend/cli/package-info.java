@NullMarked
package io.flowblend.cli;

import org.jspecify.annotations.NullMarked;
