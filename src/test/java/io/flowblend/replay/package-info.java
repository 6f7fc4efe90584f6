/** Tests of replays. */
@NullMarked
package io.flowblend.replay;

import org.jspecify.annotations.NullMarked;
