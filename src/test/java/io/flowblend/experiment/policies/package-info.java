@NullMarked
package io.flowblend.experiment.policies;

import org.jspecify.annotations.NullMarked;
