/**
 * Who may do what: API keys and their roles, and the loopback rule that holds without keys.
 */
@NullMarked
package io.flowblend.api.security;

import org.jspecify.annotations.NullMarked;
