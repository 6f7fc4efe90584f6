package io.flowblend.quality;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a caption of the built-in pair promises of one digit: {@code a COLOUR DIGIT moves DIRECTION SPEED}.
 *
 * @param digit 0..9
 */
public record DigitCaption(Colour colour, int digit, Direction direction, Speed speed) {
    private static final List<String> DIGITS =
            List.of("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine");
    private static final int WORDS = 6;

    /** How many digits there are to choose from. */
    public static final int KINDS = DIGITS.size();

    /** A colour whose channels are each fully on or off. */
    public enum Colour {
        RED(true, false, false),
        GREEN(false, true, false),
        BLUE(false, false, true),
        YELLOW(true, true, false),
        MAGENTA(true, false, true),
        CYAN(false, true, true);

        private final boolean red;
        private final boolean green;
        private final boolean blue;

        Colour(boolean red, boolean green, boolean blue) {
            this.red = red;
            this.green = green;
            this.blue = blue;
        }

        /** @param channel 0 red, 1 green, 2 blue */
        public boolean has(int channel) {
            return switch (channel) {
                case 0 -> red;
                case 1 -> green;
                default -> blue;
            };
        }
    }

    /** A direction in the picture: x grows to the right, y downwards. */
    public enum Direction {
        LEFT(-1, 0),
        RIGHT(1, 0),
        UP(0, -1),
        DOWN(0, 1);

        private final int x;
        private final int y;

        Direction(int x, int y) {
            this.x = x;
            this.y = y;
        }

        public int x() {
            return x;
        }

        public int y() {
            return y;
        }
    }

    /** How far a digit moves from one frame to the next. */
    public enum Speed {
        SLOWLY(1),
        FAST(2);

        private final int pixelsPerFrame;

        Speed(int pixelsPerFrame) {
            this.pixelsPerFrame = pixelsPerFrame;
        }

        public int pixelsPerFrame() {
            return pixelsPerFrame;
        }
    }

    public DigitCaption {
        if (digit < 0 || digit > 9) {
            throw new IllegalArgumentException("digit: " + digit + ", expected 0 to 9");
        }
    }

    /** The caption as a prompt, from which {@link #parse} reads it. */
    public String words() {
        return String.format(Locale.ROOT, "a %s %s moves %s %s", colour, DIGITS.get(digit), direction, speed)
                .toLowerCase(Locale.ROOT);
    }

    /**
     * Reads a whole prompt: one caption, or several joined by {@code and}.
     *
     * @throws IllegalArgumentException naming the part that is not a caption
     */
    public static List<DigitCaption> parse(String prompt) {
        return Arrays.stream(prompt.toLowerCase(Locale.ROOT).split(" and ", -1))
                .map(part -> parseOne(part.strip()))
                .toList();
    }

    private static DigitCaption parseOne(String part) {
        List<String> words = List.of(part.split("\\s+"));
        if (words.size() != WORDS || !words.get(0).equals("a") || !words.get(3).equals("moves")) {
            throw new IllegalArgumentException(
                    "caption: \"" + part + "\", expected \"a COLOUR DIGIT moves DIRECTION SPEED\"");
        }
        return new DigitCaption(
                word(Colour.values(), words.get(1)),
                digit(words.get(2)),
                word(Direction.values(), words.get(4)),
                word(Speed.values(), words.get(5)));
    }

    private static int digit(String word) {
        int digit = DIGITS.indexOf(word);
        if (digit < 0) {
            throw unknown(word, DIGITS);
        }
        return digit;
    }

    private static <E extends Enum<E>> E word(E[] known, String word) {
        for (E value : known) {
            if (value.name().toLowerCase(Locale.ROOT).equals(word)) {
                return value;
            }
        }
        throw unknown(
                word,
                Arrays.stream(known)
                        .map(value -> value.name().toLowerCase(Locale.ROOT))
                        .toList());
    }

    private static IllegalArgumentException unknown(String word, List<String> known) {
        return new IllegalArgumentException("caption: \"" + word + "\", expected one of " + String.join(", ", known));
    }
}
