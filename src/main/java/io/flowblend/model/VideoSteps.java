package io.flowblend.model;

/**
 * Which videos a decoder can make.
 *
 * @param side width and height are multiples of it, pixels
 * @param frames k of the numbers of frames {@code k n + 1}
 */
public record VideoSteps(int side, int frames) {}
