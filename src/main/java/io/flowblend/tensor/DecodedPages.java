package io.flowblend.tensor;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Values that lie in blocks of ggml in the pages of a mapped file, decoded part by part by all processors: so a model never
 * lies in memory in more than its stored and its final format.
 */
final class DecodedPages {
    /** Blocks that one thread decodes at a time. */
    private static final int RUN = 4096;

    /** Values that are decoded before their pages are given back. */
    private static final int PART = 8 << 20;

    private DecodedPages() {}

    /**
     * Values in {@code format} on the device of {@code placement}.
     *
     * @param bytes all their blocks, in pages of a mapped file
     */
    static Tensor ready(Tensor bytes, QuantisedBlock block, long[] shape, ScalarType format, Placement placement) {
        Tensor result = placement.empty(shape, format);
        Tensor flat = result.view(-1);
        long blocks = bytes.numel() / block.bytes();
        int blocksAtOnce = PART / block.length();
        for (long first = 0; first < blocks; first += blocksAtOnce) {
            try (TensorScope scope = TensorScope.open()) {
                int count = (int) Math.min(blocksAtOnce, blocks - first);
                Tensor part = bytes.narrow(0, first * block.bytes(), (long) count * block.bytes());
                float[] values = decoded(part, block, count);
                flat.narrow(0, first * block.length(), values.length)
                        .copy_(placement.copied(TensorData.floats(values, values.length)));
                MappedPages.giveBack(part);
            }
        }
        return result;
    }

    private static float[] decoded(Tensor part, QuantisedBlock block, int count) {
        byte[] stored = TensorData.toBytes(part);
        float[] values = new float[count * block.length()];
        IntStream.range(0, (count + RUN - 1) / RUN).parallel().forEach(run -> {
            int end = Math.min(count, (run + 1) * RUN);
            for (int i = run * RUN; i < end; i++) {
                block.decode(stored, i * block.bytes(), values, i * block.length());
            }
        });
        return values;
    }
}
