package io.flowblend.tensor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Optional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Values in the pages of a mapped file, made ready for use. What is stored in the right format stays there and is read in
 * at once. Anything else is cast part by part, and each part's pages are given back as soon as it is: so a model never lies
 * in memory in both formats. A GPU is given the stored values part by part as well, through memory that it can read by
 * itself, and casts them there: libtorch rounds what it pins up to a power of two and keeps it, so that whole tensors would
 * hold twice their size of the machine's memory for good. Other systems than Linux are told nothing about pages and keep
 * them while they see fit.
 */
final class MappedPages {
    private static final System.Logger LOG = System.getLogger(MappedPages.class.getName());

    /** Bytes that are cast before their pages are given back. */
    private static final long PART = 32L << 20;

    /** A multiple of the page size of every system, bytes. */
    private static final long PAGE = 64L << 10;

    /** Tensors below this many bytes cannot fill a huge page. */
    private static final long HUGE_PAGE = 2L << 20;

    /** Advice to madvise(2), from Linux's mman-common.h. */
    private static final int DONT_NEED = 4;

    private static final int USE_HUGE_PAGES = 14;
    private static final int POPULATE_READ = 22;

    private static final Optional<Function> MADVISE = madvise();

    private MappedPages() {}

    /**
     * Values in {@code format} on the device of {@code placement}.
     *
     * @param bytes all their bytes, in pages of a mapped file
     * @param stored the format that they have there
     */
    static Tensor ready(Tensor bytes, ScalarType stored, long[] shape, ScalarType format, Placement placement) {
        if (bytes.numel() == 0) {
            return placement.empty(shape, format);
        }
        long width = torch.elementSize(stored);
        boolean aligned = bytes.data_ptr().address() % width == 0;
        if (placement.onCpu() && aligned && stored == format) {
            advise(bytes, POPULATE_READ);
            return bytes.view(stored).view(shape);
        }
        Tensor result = placement.empty(shape, format);
        if (placement.onCpu() && result.nbytes() >= HUGE_PAGE) {
            advise(result, USE_HUGE_PAGES);
        }
        Tensor flat = result.view(-1);
        for (long first = 0; first < bytes.numel(); first += PART) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor part = bytes.narrow(0, first, Math.min(PART, bytes.numel() - first));
                Tensor values = placement.onCpu() && aligned ? part : placement.copied(part);
                flat.narrow(0, first / width, values.numel() / width).copy_(values.view(stored));
                advise(part, DONT_NEED);
            }
        }
        return result;
    }

    /**
     * As {@link #ready}, of values that are multiplied by {@code scale} in float32.
     *
     * @param scale one number, or one for each index of the first axis, or one for each {@link StoredTensor#BLOCK squared
     *     block} of a matrix
     */
    static Tensor scaled(
            Tensor bytes, ScalarType stored, long[] shape, Tensor scale, ScalarType format, Placement placement) {
        Tensor result = placement.empty(shape, format);
        if (bytes.numel() == 0) {
            return result;
        }
        long rows = scale.numel() == 1 ? 1 : shape[0];
        boolean inBlocks = rows != 1 ? scale.numel() != rows : scale.numel() != 1;
        long rowBytes = bytes.numel() / rows;
        long unit = inBlocks ? StoredTensor.BLOCK : 1;
        long rowsAtOnce = Math.max(1, PART / rowBytes / unit) * unit;
        Tensor factors = inBlocks ? scale : scale.reshape(-1, 1);
        Tensor matrix = result.view(rows, -1);
        for (long first = 0; first < rows; first += rowsAtOnce) {
            try (TensorScope scope = TensorScope.open()) {
                long count = Math.min(rowsAtOnce, rows - first);
                Tensor part = bytes.narrow(0, first * rowBytes, count * rowBytes);
                Tensor values = placement.copied(part).view(stored).view(count, -1);
                Tensor factor = inBlocks
                        ? ofBlocks(factors.narrow(0, first / unit, (count + unit - 1) / unit), count, shape[1])
                        : factors.narrow(0, first, count);
                matrix.narrow(0, first, count).copy_(values.to(ScalarType.Float).mul_(factor));
                giveBack(part);
            }
        }
        return result;
    }

    /** One factor for each value of a matrix, from one for each of its blocks. */
    private static Tensor ofBlocks(Tensor factors, long rows, long columns) {
        return factors.repeat_interleave(StoredTensor.BLOCK, new LongOptional(0), new LongOptional())
                .narrow(0, 0, rows)
                .repeat_interleave(StoredTensor.BLOCK, new LongOptional(1), new LongOptional())
                .narrow(1, 0, columns);
    }

    /** Tells the system that the pages of {@code part} are not needed again. */
    static void giveBack(Tensor part) {
        advise(part, DONT_NEED);
    }

    /** Gives advice about the whole pages that {@code values} fill; what the system does not know it does not do. */
    private static void advise(Tensor values, int advice) {
        long address = values.data_ptr().address();
        long first = (address + PAGE - 1) / PAGE * PAGE;
        long end = (address + values.nbytes()) / PAGE * PAGE;
        if (first < end) {
            MADVISE.ifPresent(function -> function.invokeInt(new Object[] {new Pointer(first), end - first, advice}));
        }
    }

    private static Optional<Function> madvise() {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            return Optional.empty();
        }
        try {
            return Optional.of(NativeLibrary.getInstance("c").getFunction("madvise"));
        } catch (RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "cannot advise the system about pages; loading takes more memory", e);
            return Optional.empty();
        }
    }
}
