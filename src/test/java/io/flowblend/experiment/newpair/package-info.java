@NullMarked
package io.flowblend.experiment.newpair;

import org.jspecify.annotations.NullMarked;
