package io.flowblend.pipeline;

import java.util.List;
import java.util.Optional;

/** The pairs that this process serves. */
public interface PipelineCatalog {
    Optional<VideoPipeline> find(String pair);

    /**
     * A pair of this process with one of the LoRA files.
     *
     * @throws io.flowblend.file.InvalidFileException if the file is damaged or does not fit the pair
     */
    default Optional<VideoPipeline> find(VideoPipeline pair, String lora) {
        return Optional.empty();
    }

    /** Names of the LoRA files that requests may name, sorted. */
    default List<String> loras() {
        return List.of();
    }

    /** All pairs that are ready, by id. */
    List<VideoPipeline> all();

    /** Pairs that were found but cannot be served. */
    List<Refusal> refused();

    /** @param reason one clear sentence for the operator */
    record Refusal(String pair, String reason) {}
}
