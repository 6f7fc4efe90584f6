package io.flowblend.tensor;

import com.sun.jna.NativeLibrary;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.Loader;

/**
 * Defaults for what the native libraries read from the environment while they are loaded, so that nobody has to know
 * them: {@code OMP_WAIT_POLICY=PASSIVE}. Threads that spin while they wait take the cores away from those that work, which
 * makes small products slower with two threads than with one. What the environment already says is left alone.
 */
final class NativeDefaults {
    private static final System.Logger LOG = System.getLogger(NativeDefaults.class.getName());

    /** JavaCPP's property for the library that its BLAS calls go to. */
    private static final String BLAS = "org.bytedeco.openblas.load";

    private static final String MKL = "mkl_rt";

    /** JavaCPP's property for the resident size that it allows, 0 = any. */
    private static final String MEMORY_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

    static {
        if (System.getProperty("os.name", "").equals("Linux")) {
            set("OMP_WAIT_POLICY", "PASSIVE");
        }
        preferMkl();
        liftMemoryLimit();
    }

    private NativeDefaults() {}

    /** To be called before libtorch is loaded; later calls do nothing. */
    static void apply() {
        // the work is done once, when this class is initialised
    }

    /**
     * JavaCPP refuses to go on, after pauses of seconds, once the resident size is four times the largest heap, in which it
     * counts the pages of mapped weight files. Native memory has its owners here ({@link TensorScope}), and what a pair
     * needs is checked before it is loaded.
     */
    private static void liftMemoryLimit() {
        if (System.getProperty(MEMORY_LIMIT) == null) {
            System.setProperty(MEMORY_LIMIT, "0");
        }
    }

    /** Where MKL is on the class path (Maven profile {@code mkl}), it computes instead of OpenBLAS. */
    private static void preferMkl() {
        Class<?> mkl;
        try {
            mkl = Class.forName("org.bytedeco.mkl.global.mkl_rt", false, NativeDefaults.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            LOG.log(System.Logger.Level.DEBUG, "no MKL on the class path; OpenBLAS computes");
            return;
        }
        if (System.getProperty(BLAS) == null) {
            System.setProperty(BLAS, MKL);
        }
        if (MKL.equals(System.getProperty(BLAS))) {
            shareThreadsOf(mkl);
        }
    }

    /**
     * MKL does not name the OpenMP library that it needs for more than one thread, and ends the process where it cannot see
     * one. libtorch's operations use the same one from here on.
     */
    private static void shareThreadsOf(Class<?> mkl) {
        String name = "/org/bytedeco/mkl/" + Loader.getPlatform() + "/libiomp5.so";
        try {
            File library = Loader.cacheResource(mkl, name);
            if (library != null) {
                Loader.loadGlobal(library.getPath());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("MKL's threads cannot be unpacked", e);
        }
    }

    /** Sets a variable of this process where natives see it (the JVM's own copy does not change), unless it is set. */
    private static void set(String name, String value) {
        try {
            NativeLibrary.getInstance("c").getFunction("setenv").invokeInt(new Object[] {name, value, 0});
        } catch (RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.DEBUG, "cannot set " + name + " for native code; it may run slower", e);
        }
    }
}
