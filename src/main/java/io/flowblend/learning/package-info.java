/**
 * How pairs are learned about besides serving them: rehearsals of finished videos in idle time, audits, and whole
 * calibrations. Knows pipelines; no pipeline knows it.
 */
@NullMarked
package io.flowblend.learning;

import org.jspecify.annotations.NullMarked;
