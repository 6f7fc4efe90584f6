package io.flowblend.tensor;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a tensor lies.
 *
 * @param file the file that holds it
 * @param type how its values are stored there
 * @param shape sizes along its axes, empty for a single value
 * @param begin first byte, counted from the start of the file
 * @param bytes number of bytes
 * @param scale what its values are multiplied by: one number, or one for each index of the first axis, or one for each
 *     {@link #BLOCK squared block} of a matrix, the last ones of which may be cut off
 */
record StoredTensor(Path file, StoredType type, long[] shape, long begin, long bytes, Optional<StoredTensor> scale) {
    /** Rows and columns of a block that shares a scale. */
    static final long BLOCK = 128;

    StoredTensor(Path file, StoredType type, long[] shape, long begin, long bytes) {
        this(file, type, shape, begin, bytes, Optional.empty());
    }

    /** Numbers in it, without those of its scale. */
    long values() {
        return bytes / type.unitBytes() * type.unitValues();
    }

    /** The same, with values that are multiplied by {@code factor}. */
    StoredTensor scaledBy(StoredTensor factor) {
        return new StoredTensor(file, type, shape, begin, bytes, Optional.of(factor));
    }
}
