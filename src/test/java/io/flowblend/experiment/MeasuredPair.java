package io.flowblend.experiment;

import io.flowblend.pipeline.OpenPipeline;
import io.flowblend.pipeline.PairCatalog;
import java.nio.file.Path;
import java.util.Optional;

/** The built-in pair, open to measurements. */
final class MeasuredPair implements AutoCloseable {
    private final PairCatalog catalog;

    MeasuredPair(Path folder) {
        catalog = PairCatalog.open(new PairCatalog.Sources(folder, Optional.empty(), Optional.empty(), "balanced"));
    }

    OpenPipeline pipeline() {
        return (OpenPipeline) catalog.find("digits").orElseThrow();
    }

    @Override
    public void close() {
        catalog.close();
    }
}
