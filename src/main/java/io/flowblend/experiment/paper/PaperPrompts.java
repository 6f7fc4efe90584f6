package io.flowblend.experiment.paper;

import io.flowblend.experiment.HeldOut;
import io.flowblend.file.InvalidFileException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Prompts with seeds that an experiment measures with: held-out ones of the built-in pair, or lines of a file, taken in turn.
 * A reference set has other seeds.
 *
 * @param lines of a file; empty for held-out prompts
 */
public record PaperPrompts(List<String> lines) {
    /** Held-out prompts from this one on are made by LARGE alone as a reference set. */
    private static final int FIRST_REFERENCE = HeldOut.RESERVED / 2;

    public PaperPrompts {
        lines = List.copyOf(lines);
    }

    /** @throws InvalidFileException if the pair is not the built-in one and has no prompts */
    public static PaperPrompts of(String pair, String builtIn, List<String> lines) {
        if (lines.isEmpty() && !pair.equals(builtIn)) {
            throw new InvalidFileException("pair '" + pair + "'", "needs --prompt-file: prompts, one a line");
        }
        return new PaperPrompts(lines);
    }

    List<HeldOut> measured(int count) {
        return drawn(0, count);
    }

    List<HeldOut> reference(int count) {
        return drawn(FIRST_REFERENCE, count);
    }

    private List<HeldOut> drawn(int first, int count) {
        if (count < 1 || count > FIRST_REFERENCE) {
            throw new InvalidFileException("--prompts", "has to be 1 to " + FIRST_REFERENCE + ", not " + count);
        }
        return IntStream.range(first, first + count).mapToObj(this::held).toList();
    }

    private HeldOut held(int index) {
        return lines.isEmpty()
                ? HeldOut.of(index)
                : new HeldOut(index, lines.get(index % lines.size()), (long) HeldOut.FIRST_SEED + index, List.of());
    }
}
