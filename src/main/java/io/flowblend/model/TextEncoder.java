package io.flowblend.model;

/** Turns a prompt into what the models of a pair are conditioned on. */
public interface TextEncoder extends AutoCloseable {
    /** Embeddings {@code [1, T, D]} of {@code prompt}, T fixed by the pair. */
    TextEmbeddings encode(String prompt);

    /** T, the number of text positions. */
    int positions();

    /** Tokens of {@code prompt}, the end token included; more than {@link #positions()} means that it is cut. */
    int tokens(String prompt);

    @Override
    void close();
}
