package io.flowblend.pipeline;

import java.util.List;

/**
 * What a pair can make, beside the limits of its description.
 *
 * @param sizeMultiple of which width and height are multiples, pixels
 * @param frameStep k of the numbers of frames {@code k n + 1}
 * @param firstFrame whether it takes the frame that a video begins with
 * @param vocabulary the words or whole prompts that it knows, if they are few; empty for a pair that reads any text
 */
public record Abilities(int sizeMultiple, int frameStep, boolean firstFrame, List<String> vocabulary) {
    public Abilities {
        vocabulary = List.copyOf(vocabulary);
    }
}
