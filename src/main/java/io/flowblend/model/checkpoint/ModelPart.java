package io.flowblend.model.checkpoint;

/** The part of a pair that a file is read for; one file may hold several. */
public enum ModelPart {
    TRANSFORMER,
    TEXT_ENCODER,
    DECODER
}
