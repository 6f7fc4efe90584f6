package io.flowblend.tensor;

import com.sun.jna.NativeLibrary;

/**
 * A default for what the native libraries read from the environment while they are loaded, so that nobody has to know
 * it: {@code OMP_WAIT_POLICY=PASSIVE}. Threads that spin while they wait take the cores away from those that work, which
 * makes small products slower with two threads than with one. What the environment already says is left alone.
 */
final class NativeDefaults {
    private static final System.Logger LOG = System.getLogger(NativeDefaults.class.getName());

    static {
        if (System.getProperty("os.name", "").equals("Linux")) {
            set("OMP_WAIT_POLICY", "PASSIVE");
        }
    }

    private NativeDefaults() {}

    /** To be called before libtorch is loaded; later calls do nothing. */
    static void apply() {
        // the work is done once, when this class is initialised
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
