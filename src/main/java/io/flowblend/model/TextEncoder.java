package io.flowblend.model;

import java.util.List;

/** Turns a prompt into what the models of a pair are conditioned on. */
public interface TextEncoder extends AutoCloseable {
    /** Embeddings {@code [1, T, D]} of {@code prompt}, T fixed by the pair. */
    TextEmbeddings encode(String prompt);

    /** T, the number of text positions. */
    int positions();

    /**
     * Tokens of {@code prompt}, the end token included; more than {@link #positions()} means that it is cut.
     *
     * @throws IllegalArgumentException if this prompt cannot be encoded, with a message that goes on behind its name
     */
    int tokens(String prompt);

    /** A prompt that can be encoded. */
    default String example() {
        return "a video";
    }

    /** The words, or whole prompts, that it knows, if they are few; empty if it reads any text. */
    default List<String> vocabulary() {
        return List.of();
    }

    /**
     * Bytes that encoding one prompt takes beside what stays in memory, estimated; the weights among them where they are
     * brought for it. 0 where nothing is known.
     */
    default long workingBytes() {
        return 0;
    }

    @Override
    void close();
}
