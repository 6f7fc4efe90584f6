package io.flowblend.tensor;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Owner of the native memory that its thread makes while it is open: everything is freed on {@link #close()}, except
 * what {@link #keep} handed on. Scopes nest per thread (one per job, one per step within it) and are closed in reverse
 * order, by the thread that opened them.
 */
public final class TensorScope implements AutoCloseable {
    static {
        NativeDefaults.apply();
    }

    private final @Nullable PointerScope enclosing;
    private final PointerScope scope;

    private TensorScope() {
        enclosing = PointerScope.getInnerScope();
        scope = new PointerScope();
    }

    public static TensorScope open() {
        return new TensorScope();
    }

    /**
     * Lets {@code pointer} outlive this scope: the enclosing scope owns it from now on, or, when there is none, the
     * caller, who then has to close it.
     */
    public <P extends Pointer> P keep(P pointer) {
        if (enclosing == null) {
            pointer.retainReference();
        } else {
            enclosing.attach(pointer);
        }
        return pointer;
    }

    /** Takes {@code tensor} out of the care of every scope: the caller owns it and has to close it. */
    public static Tensor own(Tensor tensor) {
        tensor.retainReference();
        return tensor;
    }

    @Override
    public void close() {
        scope.close();
    }
}
