package io.flowblend.model.text;

import io.flowblend.model.PromptTokenizer;
import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A prompt as Wan reads it: what ftfy 6.3.1 makes of text by default, then two levels of HTML's entities, then one blank
 * between words. ftfy repairs wrongly decoded text and replaces typographic forms by plain ones (curly quotes, ligatures of
 * Latin letters, full-width and half-width forms); it removes control characters and composes accents (NFC).
 */
public final class CleanPrompt {
    private static final Map<Integer, String> LIGATURES = Map.ofEntries(
            Map.entry(0x132, "IJ"),
            Map.entry(0x133, "ij"),
            Map.entry(0x149, "\u02bcn"),
            Map.entry(0x1f1, "DZ"),
            Map.entry(0x1f2, "Dz"),
            Map.entry(0x1f3, "dz"),
            Map.entry(0x1c4, "D\u017d"),
            Map.entry(0x1c5, "D\u017e"),
            Map.entry(0x1c6, "d\u017e"),
            Map.entry(0x1c7, "LJ"),
            Map.entry(0x1c8, "Lj"),
            Map.entry(0x1c9, "lj"),
            Map.entry(0x1ca, "NJ"),
            Map.entry(0x1cb, "Nj"),
            Map.entry(0x1cc, "nj"),
            Map.entry(0xfb00, "ff"),
            Map.entry(0xfb01, "fi"),
            Map.entry(0xfb02, "fl"),
            Map.entry(0xfb03, "ffi"),
            Map.entry(0xfb04, "ffl"),
            Map.entry(0xfb05, "\u017ft"),
            Map.entry(0xfb06, "st"));

    private static final Pattern SINGLE_QUOTES = Pattern.compile("[\\u02bc\\u2018-\\u201b]");
    private static final Pattern DOUBLE_QUOTES = Pattern.compile("[\\u201c-\\u201f]");
    private static final Pattern LINE_ENDS = Pattern.compile("\\r\\n|[\\r\\u2028\\u2029\\x85]");
    private static final Pattern LONE_SURROGATES = Pattern.compile("[\\ud800-\\udfff]");
    private static final Pattern TERMINAL_CODES = Pattern.compile("\\x1b\\[[\\p{Nd};]*[a-zA-Z]");
    private static final Pattern CONTROLS =
            Pattern.compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\\u206a-\\u206f\\ufeff\\ufff9-\\ufffc]");
    private static final Pattern LINES = Pattern.compile("[^\\n]*\\n|[^\\n]+");

    private CleanPrompt() {}

    /** {@code prompt} as its tokens are made from it. */
    public static String of(String prompt) {
        return PromptTokenizer.withoutExtraBlanks(HtmlEntities.unescaped(HtmlEntities.unescaped(repaired(prompt))));
    }

    /** Line by line; from the first line with a tag on, the text is taken for HTML and its entities are left to it. */
    private static String repaired(String text) {
        int tag = text.indexOf('<');
        return LINES.matcher(text)
                .results()
                .map(line -> repairedLine(line.group(), tag < 0 || line.end() <= tag))
                .collect(Collectors.joining());
    }

    private static String repairedLine(String line, boolean unescapes) {
        String before = line;
        String after = repairedOnce(before, unescapes);
        while (!after.equals(before)) {
            before = after;
            after = repairedOnce(before, unescapes);
        }
        return after;
    }

    private static String repairedOnce(String line, boolean unescapes) {
        String text = unescapes ? HtmlEntities.unescapedWhereCertain(line) : line;
        text = WrongDecoding.withoutC1(WrongDecoding.repaired(text));
        text = text.codePoints().mapToObj(CleanPrompt::plain).collect(Collectors.joining());
        text = SINGLE_QUOTES
                .matcher(DOUBLE_QUOTES.matcher(text).replaceAll("\""))
                .replaceAll("'");
        text = LINE_ENDS.matcher(text).replaceAll("\n");
        text = LONE_SURROGATES.matcher(text).replaceAll("\ufffd");
        text = TERMINAL_CODES.matcher(text).replaceAll("");
        text = CONTROLS.matcher(text).replaceAll("");
        return Normalizer.normalize(text, Normalizer.Form.NFC);
    }

    /** A ligature taken apart, a full-width or half-width form in its usual width. */
    private static String plain(int character) {
        if (character == 0x3000) {
            return " ";
        }
        String text = LIGATURES.getOrDefault(character, Character.toString(character));
        return character > 0xff00 && character < 0xfff0 ? Normalizer.normalize(text, Normalizer.Form.NFKC) : text;
    }
}
