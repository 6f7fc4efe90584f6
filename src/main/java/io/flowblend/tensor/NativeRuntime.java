package io.flowblend.tensor;

import io.flowblend.file.InvalidFileException;
import java.util.Objects;
import java.util.function.Supplier;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** The native side of this process: libtorch's threads and version. */
public final class NativeRuntime {
    static {
        NativeDefaults.apply();
    }

    private NativeRuntime() {}

    /** Forwards below this many floating point operations gain little from a second thread and lose much where cores are shared. */
    private static final double WORTH_SEVERAL_THREADS = 2e10;
    /** Models with as many parameters are read from memory in each forward, at which one thread alone is slow. */
    private static final long LARGE_MODEL = 500_000_000;
    /** Threads of large models; 0 while nothing is fixed. */
    private static volatile int fixed;

    /**
     * Loads libtorch, unless it is there already. Without this the first operation does it, and what the system lacks is told
     * by a trace of where that was.
     *
     * @throws InvalidFileException naming the library that is missing
     */
    public static void load() {
        try {
            Loader.load(torch.class);
        } catch (UnsatisfiedLinkError e) {
            throw new InvalidFileException("libtorch", "cannot be loaded: " + reason(e));
        }
    }

    /** The system's own words, without the folders of the library that they begin with. */
    static String reason(Throwable error) {
        Throwable innermost = error;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String words = String.valueOf(innermost.getMessage()).replaceFirst("^[^:]*/", "");
        return words + " (a build with -Pgpu needs CUDA 13 with CUPTI and cuFile, cuDNN 9 and NCCL 2)";
    }

    /** What a native library says first; behind that it tells where in its own code it was. */
    public static String firstLine(Throwable error) {
        return String.valueOf(error.getMessage()).lines().findFirst().orElse("");
    }

    /** Threads of one libtorch operation of the calling thread. */
    public static int threads() {
        return torch.get_num_threads();
    }

    /** Fixes the threads of large models, in place of what is measured; 0 undoes that. */
    public static void fixThreads(int threads) {
        if (threads < 0) {
            throw new IllegalArgumentException("threads have to be 1 or more, or 0 to be measured, not " + threads);
        }
        fixed = threads;
    }

    /**
     * Chooses the threads of operations from here on: one for small models; for others what was fixed, or else what {@link
     * SpeedProbe} finds best. The operations of a small model take microseconds; where another process works on the same
     * cores, threads that wait for each other in each of them wait for the scheduler, and a forward has been seen to take
     * 40 times as long.
     *
     * @param forwardFlops floating point operations of one forward
     * @param parameters of the model
     */
    public static void useThreadsFor(double forwardFlops, long parameters) {
        if (forwardFlops < WORTH_SEVERAL_THREADS && parameters < LARGE_MODEL) {
            SpeedProbe.setThreads(1);
        } else {
            useAllThreads();
        }
    }

    private static void useAllThreads() {
        int threads = fixed;
        SpeedProbe.setThreads(threads > 0 ? threads : SpeedProbe.threads());
    }

    /**
     * Runs {@code work} on the threads of large models, whatever the calling thread's are: casting many weights is one large
     * operation even where the model's are small.
     */
    static <T> T onAllThreads(Supplier<T> work) {
        int before = torch.get_num_threads();
        useAllThreads();
        try {
            return work.get();
        } finally {
            SpeedProbe.setThreads(before);
        }
    }

    /** Threads of one libtorch operation of the calling thread from here on, for work that another thread has handed on. */
    public static void useThreads(int threads) {
        SpeedProbe.setThreads(threads);
    }

    /** Version of libtorch's Java binding. */
    public static String version() {
        return Objects.requireNonNullElse(torch.class.getPackage().getImplementationVersion(), "unknown");
    }
}
