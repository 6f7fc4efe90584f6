package io.flowblend.model.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Parts of names, between dots or at the ends, that another layout calls otherwise. Longer ones go before shorter ones. */
final class Renaming {
    private final Map<String, String> parts = new LinkedHashMap<>();

    /** {@code from} and {@code to}, alternately. */
    static Renaming of(String... pairs) {
        Renaming renaming = new Renaming();
        for (int i = 0; i < pairs.length; i += 2) {
            renaming.parts.put(pairs[i], pairs[i + 1]);
        }
        return renaming;
    }

    Optional<String> name(String name) {
        return Optional.of(apply(name));
    }

    /** Each place of the name is replaced once at most. */
    String apply(String name) {
        StringBuilder result = new StringBuilder();
        String rest = name;
        while (!rest.isEmpty()) {
            String from = longestAtStart(rest);
            String to = parts.getOrDefault(from, from);
            result.append(to);
            rest = rest.substring(from.length());
            if (!rest.isEmpty()) {
                result.append('.');
                rest = rest.substring(1);
            }
        }
        return result.toString();
    }

    /** The longest part that {@code rest} begins with and that is renamed; else what stands before its first dot. */
    private String longestAtStart(String rest) {
        String longest = "";
        for (String part : parts.keySet()) {
            boolean whole =
                    rest.startsWith(part) && (rest.length() == part.length() || rest.charAt(part.length()) == '.');
            longest = whole && part.length() > longest.length() ? part : longest;
        }
        int dot = rest.indexOf('.');
        return longest.isEmpty() ? dot < 0 ? rest : rest.substring(0, Math.max(dot, 0)) : longest;
    }
}
