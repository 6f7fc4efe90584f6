package io.flowblend.model.text;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An encoding of one byte a character, ASCII in its lower half. In a lenient one, bytes without a character stand for the
 * control character of that number, and byte 0x1A for the replacement character.
 */
final class SingleByteEncoding {
    static final char REPLACEMENT = '\ufffd';
    static final byte SUBSTITUTE = 0x1a;

    private final String name;
    private final Map<Character, Byte> bytes = new HashMap<>();

    /** @param upperHalf the characters of the bytes 0x80 to 0xFF */
    SingleByteEncoding(String name, String upperHalf) {
        this.name = name;
        for (int code = 0; code < 0x80; code++) {
            bytes.put((char) code, (byte) code);
        }
        for (int i = 0; i < upperHalf.length(); i++) {
            bytes.putIfAbsent(upperHalf.charAt(i), (byte) (0x80 + i));
        }
        if (isLenient()) {
            bytes.remove((char) SUBSTITUTE);
            bytes.put(REPLACEMENT, SUBSTITUTE);
        }
    }

    String name() {
        return name;
    }

    boolean isLenient() {
        return name.startsWith("sloppy-");
    }

    /** The bytes that {@code text} may have been decoded from; empty if one of its characters has none. */
    Optional<byte[]> encoded(String text) {
        byte[] encoded = new byte[text.length()];
        for (int i = 0; i < encoded.length; i++) {
            Byte value = bytes.get(text.charAt(i));
            if (value == null) {
                return Optional.empty();
            }
            encoded[i] = value;
        }
        return Optional.of(encoded);
    }
}
