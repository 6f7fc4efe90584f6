/** What the reference pipelines do to a prompt before its tokens are made. */
@NullMarked
package io.flowblend.model.text;

import org.jspecify.annotations.NullMarked;
