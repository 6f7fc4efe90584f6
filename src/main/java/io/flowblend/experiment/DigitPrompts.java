package io.flowblend.experiment;

import io.flowblend.quality.DigitCaption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Prompts from the closed vocabulary of the built-in pair. */
public final class DigitPrompts {
    private static final long FIRST_SEED = 1000;

    private static final List<String> DIGITS =
            List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");

    private DigitPrompts() {}

    /** Prompts to calibrate a pair with that none were given for; none if the pair has another vocabulary. */
    public static List<String> examples(String pair, int count) {
        return pair.equals("digits") ? drawn(count, FIRST_SEED) : List.of();
    }

    /** So many of the 480, no two the same until all were drawn; the same for the same seed. */
    public static List<String> drawn(int count, long seed) {
        List<String> all = new ArrayList<>();
        for (DigitCaption.Colour colour : DigitCaption.Colour.values()) {
            for (String digit : DIGITS) {
                for (DigitCaption.Direction direction : DigitCaption.Direction.values()) {
                    for (DigitCaption.Speed speed : DigitCaption.Speed.values()) {
                        all.add(String.join(" ", "a", word(colour), digit, "moves", word(direction), word(speed)));
                    }
                }
            }
        }
        Collections.shuffle(all, new Random(seed));
        List<String> drawn = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            drawn.add(all.get(i % all.size()));
        }
        return drawn;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
