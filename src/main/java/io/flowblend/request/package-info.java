/**
 * From what a client asked for to one checked request.
 */
@NullMarked
package io.flowblend.request;

import org.jspecify.annotations.NullMarked;
