package io.flowblend.api;

import java.util.ArrayList;
import java.util.List;

/** What the built-in pair is calibrated on where nobody says otherwise. */
final class ExamplePrompts {
    private static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "magenta", "cyan");
    private static final List<String> NUMBERS =
            List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");
    private static final List<String> DIRECTIONS = List.of("left", "right", "up", "down");
    private static final List<String> SPEEDS = List.of("slowly", "fast");

    /** Sixty prompts of the built-in pair, every word among them as often as the others of its kind. */
    static final List<String> DIGITS = digits();

    private ExamplePrompts() {}

    private static List<String> digits() {
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < COLOURS.size() * NUMBERS.size(); i++) {
            prompts.add("a " + COLOURS.get(i % COLOURS.size())
                    + " " + NUMBERS.get((i * 7 + i / 30) % NUMBERS.size())
                    + " moves " + DIRECTIONS.get(i / 2 % DIRECTIONS.size())
                    + " " + SPEEDS.get((i + i / 8) % SPEEDS.size()));
        }
        return List.copyOf(prompts);
    }
}
