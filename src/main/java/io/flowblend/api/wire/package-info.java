/**
 * What goes over the wire: the request's fields, the answers' records, the error shape.
 */
@NullMarked
package io.flowblend.api.wire;

import org.jspecify.annotations.NullMarked;
