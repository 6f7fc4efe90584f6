package io.flowblend.tensor;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntToLongFunction;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What is fastest on this machine's CPU, measured once with the operation that takes most of a forward, a product of many
 * rows with a square matrix. What is usual stays unless something else is clearly faster, so that a hiccup decides nothing:
 * another choice may change the last bits of a result.
 */
public final class SpeedProbe {
    private static final System.Logger LOG = System.getLogger(SpeedProbe.class.getName());
    /** How much faster something has to be than what is usual. */
    private static final double CLEARLY = 1.25;

    private static final int ROUNDS = 3;
    /** A large product: rows, and the matrix's height and width. */
    private static final long LARGE = 1024;

    /** A small one, of a model of few tokens. */
    private static final long FEW_ROWS = 128;

    private static final long NARROW = 256;
    private static final int SMALL_ONES = 64;

    private SpeedProbe() {}

    /** Threads for large products: one a core, or half as many, a quarter, ... where that is clearly faster. */
    static int threads() {
        return Threads.BEST;
    }

    /**
     * Whether products in bfloat16 are clearly faster than in float32, large ones on {@link #threads()} as well as those of
     * small models on one.
     */
    public static boolean bfloat16IsFaster() {
        return Bfloat16.FASTER;
    }

    /**
     * Threads, from {@code cores} down by halves, of which each that is taken is clearly faster than the one before.
     *
     * @param nanos time that a product takes with so many threads
     */
    static int threads(int cores, IntToLongFunction nanos) {
        int best = cores;
        long fastest = nanos.applyAsLong(cores);
        for (int threads = cores / 2; threads >= 1; threads /= 2) {
            long time = nanos.applyAsLong(threads);
            if (time * CLEARLY < fastest) {
                best = threads;
                fastest = time;
            }
        }
        return best;
    }

    static void setThreads(int threads) {
        if (torch.get_num_threads() != threads) {
            torch.set_num_threads(threads);
        }
        // OpenBLAS has a pool of its own, for the whole process, that libtorch's setting does not reach.
        if (openblas.blas_get_num_threads() != threads) {
            openblas.blas_set_num_threads(threads);
        }
    }

    private static long nanos(ScalarType format) {
        return nanos(format, LARGE, LARGE, 1);
    }

    /** The shortest time of {@code count} products in a row. */
    private static long nanos(ScalarType format, long height, long width, int count) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor rows = torch.ones(height, width).to(format);
            Tensor matrix = torch.ones(width, width).to(format);
            long best = Long.MAX_VALUE;
            for (int round = 0; round <= ROUNDS; round++) {
                long start = System.nanoTime();
                for (int product = 0; product < count; product++) {
                    torch.mm(rows, matrix).close();
                }
                long time = System.nanoTime() - start;
                best = round == 0 ? best : Math.min(best, time); // the first one still makes things ready
            }
            return best;
        }
    }

    private static final class Threads {
        static final int BEST = measured(Runtime.getRuntime().availableProcessors());

        static {
            LOG.log(System.Logger.Level.INFO, "models that are large enough run on {0} threads", BEST);
        }

        private Threads() {}

        /** Measures all numbers in turn, several times, so that a hiccup of the machine meets them alike. */
        private static int measured(int cores) {
            Map<Integer, Long> shortest = new HashMap<>();
            for (int round = 0; round < ROUNDS; round++) {
                for (int threads = cores; threads >= 1; threads /= 2) {
                    setThreads(threads);
                    shortest.merge(threads, nanos(ScalarType.Float), Math::min);
                }
            }
            return threads(cores, shortest::get);
        }
    }

    private static final class Bfloat16 {
        static final boolean FASTER = measured();

        private Bfloat16() {}

        private static boolean measured() {
            int before = torch.get_num_threads();
            boolean faster =
                    faster("large", threads(), LARGE, LARGE, 1) && faster("small", 1, FEW_ROWS, NARROW, SMALL_ONES);
            setThreads(before);
            return faster;
        }

        private static boolean faster(String size, int threads, long height, long width, int count) {
            setThreads(threads);
            long narrow = nanos(ScalarType.BFloat16, height, width, count);
            long wide = nanos(ScalarType.Float, height, width, count);
            LOG.log(
                    System.Logger.Level.INFO,
                    "a {0} product in bfloat16 takes {1} times as long as in float32",
                    size,
                    Math.round(100.0 * narrow / wide) / 100.0);
            return narrow * CLEARLY < wide;
        }
    }
}
