/** The queue on a real database and a real scheduler, with a pipeline that stops where a test wants it to. */
@NullMarked
package io.flowblend.jobs;

import org.jspecify.annotations.NullMarked;
