package io.flowblend.tensor;

import java.nio.file.Path;

/**
 * Where a tensor lies.
 *
 * @param file the file that holds it
 * @param type how its values are stored there
 * @param shape sizes along its axes, empty for a single value
 * @param begin first byte, counted from the start of the file
 * @param bytes number of bytes
 */
record StoredTensor(Path file, StoredType type, long[] shape, long begin, long bytes) {}
