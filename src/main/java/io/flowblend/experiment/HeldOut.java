package io.flowblend.experiment;

import io.flowblend.quality.DigitCaption;
import io.flowblend.quality.DigitCaption.Colour;
import io.flowblend.quality.DigitCaption.Direction;
import io.flowblend.quality.DigitCaption.Speed;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A prompt and seed of the built-in pair that nothing is learned from. Seeds from {@value #FIRST_SEED} are for measurements
 * only, seeds from {@value #FIRST_FIT_SEED} for what is fitted in favour of the rivals; no prompt is in both. Number n is
 * always the same; even ones have one digit, odd ones two of different colours.
 *
 * @param index 0 and up
 * @param captions what the prompt says of each digit
 */
public record HeldOut(int index, String prompt, long seed, List<DigitCaption> captions) {
    public static final int FIRST_SEED = 5000;
    public static final int FIRST_FIT_SEED = 9000;

    /** So many of the measured prompts are kept out of everything that is fitted or learned. */
    public static final int RESERVED = 256;

    /** A prompt to measure with. */
    public static HeldOut of(int index) {
        return drawn(index, (long) FIRST_SEED + index);
    }

    /** The first so many prompts to fit with. */
    public static List<HeldOut> toFit(int count) {
        Set<String> reserved = reserved();
        return IntStream.iterate(0, index -> index + 1)
                .mapToObj(index -> drawn(index, (long) FIRST_FIT_SEED + index))
                .filter(held -> !reserved.contains(held.prompt()))
                .limit(count)
                .toList();
    }

    /** The texts that nothing may be fitted to or learned from. */
    static Set<String> reserved() {
        return IntStream.range(0, RESERVED)
                .mapToObj(index -> of(index).prompt())
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static HeldOut drawn(int index, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int first = random.nextInt(Colour.values().length);
        int second = (first + 1 + random.nextInt(Colour.values().length - 1)) % Colour.values().length;
        List<DigitCaption> captions = Stream.of(first, second)
                .limit(1 + index % 2)
                .map(colour -> new DigitCaption(
                        Colour.values()[colour],
                        random.nextInt(DigitCaption.KINDS),
                        Direction.values()[random.nextInt(Direction.values().length)],
                        Speed.values()[random.nextInt(Speed.values().length)]))
                .toList();
        String prompt = captions.stream().map(DigitCaption::words).collect(Collectors.joining(" and "));
        return new HeldOut(index, prompt, seed, captions);
    }

    /** Digits in the prompt, 1 or 2. */
    public int digits() {
        return captions.size();
    }
}
