package io.flowblend.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * The compiled rules by which SentencePiece normalises text: the size of a double array in bytes, the double array (units of
 * darts-clone, 32 bits, little-endian), and behind it the replacements, each ended by a zero byte. Checked here, since the
 * native tokenizer does not: where a unit leads out of the array, it ends the process.
 */
final class CharacterMap {
    private static final int LABELS = 256;

    private final IntBuffer units;
    private final byte[] replacements;

    private CharacterMap(IntBuffer units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    /** Whether {@code bytes} are whole and consistent; none at all are. */
    static boolean isValid(byte[] bytes) {
        if (bytes.length == 0) {
            return true;
        }
        ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < Integer.BYTES) {
            return false;
        }
        int size = all.getInt();
        if (size < Integer.BYTES || size % Integer.BYTES != 0 || size > all.remaining()) {
            return false;
        }
        byte[] replacements = new byte[all.remaining() - size];
        all.get(all.position() + size, replacements);
        IntBuffer units =
                all.slice(all.position(), size).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        return isUtf8(replacements) && new CharacterMap(units, replacements).isConsistent();
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** Follows every path from the root. */
    private boolean isConsistent() {
        BitSet seen = new BitSet(units.capacity());
        Deque<Integer> nodes = new ArrayDeque<>();
        nodes.push(offset(units.get(0)));
        while (!nodes.isEmpty()) {
            int node = nodes.pop();
            if ((node | (LABELS - 1)) >= units.capacity()) {
                return false;
            }
            seen.set(node);
            for (int label = 1; label < LABELS; label++) {
                int unit = units.get(node ^ label);
                if ((unit & 0x800000FF) != label) {
                    continue;
                }
                int next = node ^ label ^ offset(unit);
                if (next < 0 || next >= units.capacity() || (endsHere(unit) && !isReplacement(units.get(next)))) {
                    return false;
                }
                if (!seen.get(next)) {
                    nodes.push(next);
                }
            }
        }
        return true;
    }

    private static int offset(int unit) {
        return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
    }

    private static boolean endsHere(int unit) {
        return (unit & (1 << 8)) != 0;
    }

    /** Whether a replacement can begin where {@code unit} says: not within a character. */
    private boolean isReplacement(int unit) {
        int begin = unit & 0x7FFFFFFF;
        return begin < replacements.length && (replacements[begin] & 0xC0) != 0x80;
    }
}
