package io.flowblend.experiment;

import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.quality.DigitCaption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Prompts from the closed vocabulary of the built-in pair to learn from: none of them is one that is measured with. */
public final class DigitPrompts {
    private static final long FIRST_SEED = 1000;

    private DigitPrompts() {}

    /** Prompts to calibrate a pair with that none were given for; none if the pair has another vocabulary. */
    public static List<String> examples(String pair, int count) {
        return pair.equals(BuiltInPair.ID) ? drawn(count, FIRST_SEED) : List.of();
    }

    /** So many prompts of one digit, no two the same until all were drawn; the same for the same seed. */
    public static List<String> drawn(int count, long seed) {
        List<String> all = new ArrayList<>();
        for (DigitCaption.Colour colour : DigitCaption.Colour.values()) {
            for (int digit = 0; digit < DigitCaption.KINDS; digit++) {
                for (DigitCaption.Direction direction : DigitCaption.Direction.values()) {
                    for (DigitCaption.Speed speed : DigitCaption.Speed.values()) {
                        all.add(new DigitCaption(colour, digit, direction, speed).words());
                    }
                }
            }
        }
        all.removeAll(HeldOut.reserved());
        Collections.shuffle(all, new Random(seed));
        List<String> drawn = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            drawn.add(all.get(i % all.size()));
        }
        return drawn;
    }
}
