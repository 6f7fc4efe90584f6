package io.flowblend.experiment.newpair;

import java.io.IOException;
import java.nio.file.Path;

/** A pair that nothing is known about. */
public interface NewPair {
    /** Id of the pair. */
    String id();

    /**
     * Writes the pair below {@code pairs} in a folder of its own; parts that it shares with others stay where they are.
     *
     * @param dataDirectory where the built-in pair is unpacked
     * @param pairs made if it is not there
     */
    void write(Path dataDirectory, Path pairs) throws IOException;
}
