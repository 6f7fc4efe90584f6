package io.flowblend.pipeline;

import java.util.List;
import java.util.Optional;

/** The pairs that this process serves. */
public interface PipelineCatalog {
    Optional<VideoPipeline> find(String pair);

    /** All pairs that are ready, by id. */
    List<VideoPipeline> all();

    /** Pairs that were found but cannot be served. */
    List<Refusal> refused();

    /** @param reason one clear sentence for the operator */
    record Refusal(String pair, String reason) {}
}
