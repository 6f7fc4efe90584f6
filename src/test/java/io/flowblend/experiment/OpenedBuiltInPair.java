package io.flowblend.experiment;

import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.pipeline.PairCatalog;
import java.nio.file.Path;
import java.util.Optional;

/** The built-in pair, loaded to be measured. */
public final class OpenedBuiltInPair implements AutoCloseable {
    private final PairCatalog catalog;

    /** @param folder the pair is unpacked below it */
    public OpenedBuiltInPair(Path folder) {
        catalog = PairCatalog.open(new PairCatalog.Sources(folder, Optional.empty(), Optional.empty(), "balanced"));
    }

    public MeasuredPair pair() {
        return MeasuredPair.of(catalog.find(BuiltInPair.ID).orElseThrow());
    }

    @Override
    public void close() {
        catalog.close();
    }
}
