/**
 * How pairs are learned about besides serving them: samples and audits of finished videos in idle time, and whole
 * calibrations. Knows pairs as replayers; no pipeline knows it.
 */
@NullMarked
package io.flowblend.learning;

import org.jspecify.annotations.NullMarked;
