package io.flowblend.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Repairs UTF-8 that was decoded as an encoding of one byte a character ("schÃ¶n" for "schön"), as ftfy 6.3.1 does. Text is
 * suspected where characters stand side by side that rarely do otherwise; it is repaired if the bytes that it may have come
 * from are UTF-8. Classes of characters and their unlikely neighbours are in {@code text/wrong-decoding.json}.
 */
final class WrongDecoding {
    private static final String TABLE = "/text/wrong-decoding.json";
    private static final Pattern C1 = Pattern.compile("[\\x80-\\x9f]");
    private static final String A_GRAVE = "\u00c3\u00a0 ";

    /** Byte 0xC3 and a blank, where the blank is no part of the letter. */
    private static final Pattern LONE_A_GRAVE = Pattern.compile("\u00c3 (?! |quele|quela|quilo|s )");

    /** Bytes that were UTF-8 until 0xA0, the no-break space, became a blank; as Latin-1. */
    private static final Pattern BLANK_FOR_A0 = Pattern.compile(String.join(
            "|",
            "[\u00c2\u00c3\u00c5\u00ce\u00d0\u00d9] ",
            "[\u00e2\u00e3] [\u0080-\u0084\u0086-\u009f\u00a1-\u00bf]",
            "[\u00e0-\u00e3][\u0080-\u0084\u0086-\u009f\u00a1-\u00bf] ",
            "\u00f0 [\u0080-\u00bf]{2}",
            "\u00f0[\u0080-\u00bf] [\u0080-\u00bf]",
            "\u00f0[\u0080-\u00bf]{2} "));

    /** Bytes that were UTF-8 until one was lost for a substitute or a question mark; as Latin-1. */
    private static final Pattern LOSSY = Pattern.compile(String.join(
            "|",
            "[\u00c2-\u00df]\u001a",
            "[\u00c2\u00c3]\\?",
            "\u00ed[\u00a0-\u00af][\u001a?]\u00ed[\u00b0-\u00bf][\u001a?\u0080-\u00bf]",
            "\u00ed[\u00a0-\u00af][\u001a?\u0080-\u00bf]\u00ed[\u00b0-\u00bf][\u001a?]",
            "[\u00e0-\u00ef][\u001a?][\u001a\u0080-\u00bf]",
            "[\u00e0-\u00ef][\u001a\u0080-\u00bf][\u001a?]",
            "[\u00f0-\u00f4][\u001a?][\u001a\u0080-\u00bf]{2}",
            "[\u00f0-\u00f4][\u001a\u0080-\u00bf][\u001a?][\u001a\u0080-\u00bf]",
            "[\u00f0-\u00f4][\u001a\u0080-\u00bf]{2}[\u001a?]",
            "\u001a"));

    /** UTF-8 of a replacement character; as Latin-1. */
    private static final String REPLACEMENT = "\u00ef\u00bf\u00bd";

    /** A surrogate pair of which each half was written as UTF-8; as Latin-1. */
    private static final Pattern SURROGATES =
            Pattern.compile("\u00ed([\u00a0-\u00af])([\u0080-\u00bf])\u00ed([\u00b0-\u00bf])([\u0080-\u00bf])");

    private static final WrongDecoding INSTANCE = new WrongDecoding(table());

    private final List<SingleByteEncoding> encodings = new ArrayList<>();
    private final SingleByteEncoding latin1;
    private final String windows1252;
    private final Pattern unlikely;
    private final Pattern embedded;

    private WrongDecoding(JsonNode table) {
        table.path("encodings")
                .properties()
                .forEach(field -> encodings.add(
                        new SingleByteEncoding(field.getKey(), field.getValue().asText())));
        latin1 = encodings.get(0);
        windows1252 = table.path("encodings").path("sloppy-windows-1252").asText();
        unlikely = UnlikelyText.pattern(table);
        embedded = UnlikelyText.embedded(table);
    }

    private static JsonNode table() {
        try (InputStream in = WrongDecoding.class.getResourceAsStream(TABLE)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code text}, repaired as often as that changes it. */
    static String repaired(String text) {
        String before = text;
        String after = INSTANCE.repairedOnce(before);
        while (!after.equals(before)) {
            before = after;
            after = INSTANCE.repairedOnce(before);
        }
        return after;
    }

    /** C1 control characters replaced by what Windows-1252 has in their place. */
    static String withoutC1(String text) {
        return C1.matcher(text)
                .replaceAll(match ->
                        String.valueOf(INSTANCE.windows1252.charAt(match.group().charAt(0) - 0x80)));
    }

    private String repairedOnce(String text) {
        if (!unlikely.matcher(text).find()) {
            return text;
        }
        for (SingleByteEncoding encoding : encodings) {
            Optional<String> decoded = encoding.encoded(text).flatMap(bytes -> decoded(bytes, encoding));
            if (decoded.isPresent()) {
                return decoded.get();
            }
        }
        String inParts = inParts(text);
        if (!inParts.equals(text)) {
            return inParts;
        }
        if (latin1.encoded(text).isPresent() && text.chars().noneMatch(this::hasNoWindowsCharacter)) {
            String windows = withoutC1(text);
            if (!windows.equals(text)) {
                return windows;
            }
        }
        return withoutC1(text);
    }

    private boolean hasNoWindowsCharacter(int code) {
        return code >= 0x80 && code < 0xa0 && windows1252.charAt(code - 0x80) == code;
    }

    private Optional<String> decoded(byte[] bytes, SingleByteEncoding encoding) {
        String octets = new String(bytes, StandardCharsets.ISO_8859_1);
        if (!encoding.name().equals("macroman") && BLANK_FOR_A0.matcher(octets).find()) {
            octets = BLANK_FOR_A0
                    .matcher(LONE_A_GRAVE.matcher(octets).replaceAll(A_GRAVE))
                    .replaceAll(match -> match.group().replace(' ', '\u00a0'));
        }
        if (encoding.isLenient()) {
            octets = LOSSY.matcher(octets).replaceAll(REPLACEMENT);
        }
        octets = octets.replace("\u00c0\u0080", "\0");
        octets = SURROGATES.matcher(octets).replaceAll(match -> Matcher.quoteReplacement(joined(match.group())));
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Six octets of two surrogates as the four octets of the character that they stand for. */
    private static String joined(String halves) {
        int high = (halves.charAt(1) & 0x0f) << 6 | (halves.charAt(2) & 0x3f);
        int low = (halves.charAt(4) & 0x0f) << 6 | (halves.charAt(5) & 0x3f);
        String character = Character.toString(0x10000 + (high << 10) + low);
        return new String(character.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** Repairs what looks like wrongly decoded UTF-8 within other text. */
    private String inParts(String text) {
        return embedded.matcher(text).replaceAll(match -> {
            String part = match.group();
            boolean repairs =
                    part.length() < text.length() && unlikely.matcher(part).find();
            return Matcher.quoteReplacement(repairs ? repaired(part) : part);
        });
    }
}
