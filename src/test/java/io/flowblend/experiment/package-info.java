@NullMarked
package io.flowblend.experiment;

import org.jspecify.annotations.NullMarked;
