package io.flowblend.model.text;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Entities;

/** Entities and character references of HTML 5 in text, read as Python's html module and ftfy 6.3.1 read them. */
final class HtmlEntities {
    private static final Pattern REFERENCE =
            Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");

    /** Those that are decoded in text of which it is not known that it is HTML: they end in a semicolon. */
    private static final Pattern CERTAIN = Pattern.compile("&#?[0-9A-Za-z]{1,24};");

    private static final Pattern NUMBER = Pattern.compile("#([0-9]+|[xX][0-9a-fA-F]+);?");
    private static final Pattern LEGACY_CAPITALS = Pattern.compile("(AMP|COPY|ETH|GT|LT|QUOT|REG|THORN).*");

    /** Digits from which on a number is beyond the last character. */
    private static final int MOST_DIGITS = 9;

    /** What the numbers 128 to 159 stand for: Windows-1252, where it has a character. */
    private static final String WINDOWS_1252 =
            "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f"
                    + "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

    private HtmlEntities() {}

    /** All references replaced, those without a semicolon too. */
    static String unescaped(String text) {
        return REFERENCE
                .matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(
                        match.group(1).startsWith("#") ? numbered(match.group(1)) : named(match.group(1))));
    }

    /** Those replaced that are certainly meant, also names of small letters that were written in capitals. */
    static String unescapedWhereCertain(String text) {
        return CERTAIN.matcher(text).replaceAll(match -> Matcher.quoteReplacement(certain(match.group())));
    }

    private static String certain(String reference) {
        String name = reference.substring(1, reference.length() - 1);
        if (name.startsWith("#")) {
            String decoded = unescaped(reference);
            return decoded.contains(";") ? reference : decoded;
        }
        if (Entities.isNamedEntity(name)) {
            return Entities.getByName(name);
        }
        String small = name.toLowerCase(Locale.ROOT);
        return name.equals(name.toUpperCase(Locale.ROOT))
                        && Entities.isNamedEntity(small)
                        && !LEGACY_CAPITALS.matcher(name).matches()
                ? Entities.getByName(small).toUpperCase(Locale.ROOT)
                : reference;
    }

    /** By the whole name, or by the longest beginning of it that may stand without a semicolon. */
    private static String named(String reference) {
        boolean ended = reference.endsWith(";");
        String name = ended ? reference.substring(0, reference.length() - 1) : reference;
        if (ended ? Entities.isNamedEntity(name) : Entities.isBaseNamedEntity(name)) {
            return Entities.getByName(name);
        }
        for (int length = reference.length() - 1; length > 1; length--) {
            String start = reference.substring(0, length);
            if (Entities.isBaseNamedEntity(start)) {
                return Entities.getByName(start) + reference.substring(length);
            }
        }
        return "&" + reference;
    }

    private static String numbered(String reference) {
        Matcher number = NUMBER.matcher(reference);
        if (!number.matches()) {
            return "&" + reference;
        }
        boolean hexadecimal = Character.toLowerCase(number.group(1).charAt(0)) == 'x';
        String digits = (hexadecimal ? number.group(1).substring(1) : number.group(1)).replaceFirst("^0+", "");
        if (digits.length() > MOST_DIGITS) {
            return "\ufffd";
        }
        int code = digits.isEmpty() ? 0 : (int) Long.parseLong(digits, hexadecimal ? 16 : 10);
        return character(hexadecimal && digits.length() > 6 ? Character.MAX_CODE_POINT + 1 : code);
    }

    private static String character(int code) {
        if (code == '\r') {
            return "\r";
        }
        if (code >= 0x80 && code < 0xa0) {
            return WINDOWS_1252.substring(code - 0x80, code - 0x80 + 1);
        }
        if (code == 0
                || code > Character.MAX_CODE_POINT
                || (code >= Character.MIN_SURROGATE && code <= Character.MAX_SURROGATE)) {
            return "\ufffd";
        }
        return isNoCharacter(code) ? "" : Character.toString(code);
    }

    private static boolean isNoCharacter(int code) {
        return (code < 0x20 && code != '\t' && code != '\n' && code != '\f')
                || code == 0x7f
                || (code >= 0xfdd0 && code <= 0xfdef)
                || (code & 0xfffe) == 0xfffe;
    }
}
