/**
 * Files that people write or move by hand (pairs, tuning profiles, calibrations), read strictly: whole and right, or
 * one error that names the file and the field.
 */
@NullMarked
package io.flowblend.file;

import org.jspecify.annotations.NullMarked;
