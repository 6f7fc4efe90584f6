package io.flowblend.model;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A map of one rule: 'A' becomes "a". */
class CharacterMapTest {
    private static final int UNITS = 512;
    private static final int TO_256 = 256 << 10;
    private static final int ENDS = 1 << 8;
    private static final byte[] REPLACEMENTS = "\u00e4\0a\0".getBytes(StandardCharsets.UTF_8);

    private final int[] units = new int[UNITS];

    CharacterMapTest() {
        units[0] = 1 << 10;
        units[1 ^ 'A'] = TO_256 | ENDS | 'A';
        units[1 ^ 'A' ^ 256] = 3;
    }

    @Test
    void takesNoneAndAConsistentOne() {
        assertTrue(CharacterMap.isValid(new byte[0]));
        assertTrue(CharacterMap.isValid(map(UNITS * 4, REPLACEMENTS)));
    }

    @Test
    void refusesSizesThatDoNotFit() {
        assertFalse(CharacterMap.isValid(new byte[3]));
        for (int size : new int[] {-4, 0, UNITS * 4 - 1, UNITS * 4 + 16, Integer.MAX_VALUE}) {
            assertFalse(CharacterMap.isValid(map(size, REPLACEMENTS)), "size " + size);
        }
        assertFalse(CharacterMap.isValid(Arrays.copyOf(map(UNITS * 4, REPLACEMENTS), UNITS * 4)));
    }

    @Test
    void refusesReplacementsThatAreNoText() {
        assertFalse(CharacterMap.isValid(map(UNITS * 4, new byte[] {'a', 0, 'b', 'c', (byte) 0xFF})));
    }

    @Test
    void refusesARuleWhoseReplacementBeginsElsewhere() {
        for (int begin : new int[] {1, REPLACEMENTS.length, 0x7FFFFFFF}) {
            units[1 ^ 'A' ^ 256] = begin;
            assertFalse(CharacterMap.isValid(map(UNITS * 4, REPLACEMENTS)), "begin " + begin);
        }
    }

    @Test
    void refusesUnitsThatLeadOutOfTheArray() {
        units[1 ^ 'A'] = 512 << 10 | 'A';
        assertFalse(CharacterMap.isValid(map(UNITS * 4, REPLACEMENTS)));
        units[0] = (1 << 9) | (1 << 20);
        assertFalse(CharacterMap.isValid(map(UNITS * 4, REPLACEMENTS)));
        assertFalse(CharacterMap.isValid(map(1020, REPLACEMENTS)));
    }

    @Test
    void endsWhereUnitsLeadInACircle() {
        units[1 ^ 'A'] = 'A' << 10 | 'A';
        assertTrue(CharacterMap.isValid(map(UNITS * 4, REPLACEMENTS)));
    }

    private byte[] map(int size, byte[] replacements) {
        ByteBuffer bytes =
                ByteBuffer.allocate(4 + UNITS * 4 + replacements.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(size);
        Arrays.stream(units).forEach(bytes::putInt);
        return bytes.put(replacements).array();
    }
}
