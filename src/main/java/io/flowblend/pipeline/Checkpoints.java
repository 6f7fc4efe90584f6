package io.flowblend.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/** Keeps where a run stands between two steps, so that another attempt at the same video goes on from there. */
public interface Checkpoints {
    /** Keeps nothing. */
    Checkpoints NONE = new Checkpoints() {
        @Override
        public <T> Optional<T> last(Reader<T> reader) {
            return Optional.empty();
        }

        @Override
        public void offer(int nextStep, Writer writer) {
            // nothing is kept
        }
    };

    /** The newest checkpoint of an earlier attempt that {@code reader} takes; it fails on those that cannot be used. */
    <T> Optional<T> last(Reader<T> reader);

    /** Called between two steps, the run standing before {@code nextStep}: keeps what {@code writer} writes if it is time to. */
    void offer(int nextStep, Writer writer);

    /** Makes a run's state of its bytes. */
    @FunctionalInterface
    interface Reader<T> {
        /** @throws IOException saying in one clause why these bytes cannot be used */
        T read(InputStream in) throws IOException;
    }

    /** Writes a run's state. */
    @FunctionalInterface
    interface Writer {
        void write(OutputStream out) throws IOException;
    }
}
