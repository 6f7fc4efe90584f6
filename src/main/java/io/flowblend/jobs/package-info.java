/**
 * Videos as durable jobs: states, queue, worker, artifacts.
 */
@NullMarked
package io.flowblend.jobs;

import org.jspecify.annotations.NullMarked;
