package io.flowblend.api.wire;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Words for messages. */
final class Text {
    private static final int LONGEST_QUOTE = 64;
    private static final int LARGEST_DISTANCE = 3;

    private Text() {}

    /** {@code text}, cut so that a message cannot be blown up by what it quotes. */
    static String shortened(String text) {
        String plain = text.replaceAll("\\p{Cntrl}", " ");
        return plain.length() <= LONGEST_QUOTE ? plain : plain.substring(0, LONGEST_QUOTE) + "...";
    }

    /** The word among {@code known} that {@code word} is most likely a misspelling of. */
    static Optional<String> closest(String word, Collection<String> known) {
        int allowed = Math.min(LARGEST_DISTANCE, Math.max(1, word.length() / 2));
        if (word.length() > LONGEST_QUOTE) {
            return Optional.empty();
        }
        return known.stream()
                .filter(candidate -> distance(word, candidate) <= allowed)
                .min(Comparator.comparingInt((String candidate) -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Levenshtein distance: insertions, deletions and replacements that lead from one word to the other. */
    static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
