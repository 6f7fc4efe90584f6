package io.flowblend.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Builds the patterns of {@link WrongDecoding} from its table of classes and rules. */
final class UnlikelyText {
    /** Classes that the table's rules name besides its own. */
    private static final Map<String, String> OTHERS = Map.of(
            "latin", "[a-zA-Z]",
            "notLatin", "[^A-Za-z]",
            "small", "[a-z]",
            "space", "[ ]",
            "blank", "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]",
            "word", "[\\p{L}\\p{N}_]",
            "any", "[^\\n]",
            "start", "^");

    private static final Pattern ALTERNATIVE = Pattern.compile("'([^']*)'|(\\w+)");
    private static final Pattern ELEMENT = Pattern.compile("(?:(?:'[^']*'|\\w+)\\|?)+(?<!\\|)");

    private static final int LONGEST = 4;

    private UnlikelyText() {}

    /** Characters that rarely stand side by side in text that was decoded as it should be. */
    static Pattern pattern(JsonNode table) {
        JsonNode classes = table.path("classes");
        return Pattern.compile(table.path("rules")
                .valueStream()
                .map(rule -> ELEMENT.matcher(rule.asText())
                        .results()
                        .map(element -> element(element.group(), classes))
                        .collect(Collectors.joining()))
                .collect(Collectors.joining("|")));
    }

    private static String element(String alternatives, JsonNode classes) {
        StringBuilder union = new StringBuilder("[");
        Matcher alternative = ALTERNATIVE.matcher(alternatives);
        while (alternative.find()) {
            String name = alternative.group(2);
            if (name == null) {
                union.append(quoted(alternative.group(1)));
            } else if (OTHERS.containsKey(name)) {
                String other = OTHERS.get(name);
                if (other.equals("^")) {
                    return other;
                }
                union.append(other);
            } else {
                union.append(quoted(classes.path(name).asText()));
            }
        }
        return union.append("]").toString();
    }

    /** Characters that would be UTF-8 of one or more characters, were they decoded as one byte each. */
    static Pattern embedded(JsonNode table) {
        String tail = "[" + quoted(table.path("tails").asText()) + "]";
        StringBuilder sequences = new StringBuilder();
        for (int length = 2; length <= LONGEST; length++) {
            sequences
                    .append(length == 2 ? "" : "|")
                    .append("[" + quoted(table.path("leads").path(length - 2).asText()) + "]")
                    .append(tail + "{" + (length - 1) + "}");
        }
        return Pattern.compile("(?<![" + quoted(table.path("strictTails").asText()) + "])(?:" + sequences + ")+");
    }

    private static String quoted(String characters) {
        return characters.chars().mapToObj(code -> "\\u%04x".formatted(code)).collect(Collectors.joining());
    }
}
