/** Tests of networks from a folder. */
@NullMarked
package io.flowblend.quality.network;

import org.jspecify.annotations.NullMarked;
