package io.flowblend.model;

/**
 * Arithmetic of a diffusion transformer with self-attention, cross-attention to text and a feed-forward in every layer.
 *
 * <p>With N video tokens, T text tokens, width d, feed-forward width f and L layers, the multiply-adds of its linear
 * layers are {@code L (6 d^2 + 2 d f) N + L 2 d^2 T} in the layers (self q, k, v, o; cross q, o; feed-forward; cross k, v),
 * {@code (textWidth d + d^2) T} for the text, {@code timeWidth d + 7 d^2} for the time (once, or for every token), and
 * {@code (patchIn + patchOut) d N} at both ends. The attention products {@code q k^T} and {@code p v} add
 * {@code 2 L d N (N + T)}. This reproduces the FLOPs a step in tables 2 and 5 of the FlowBlending paper, which leaves
 * the attention products out.
 *
 * @param width d, heads times head width
 * @param layers L
 * @param feedForward f
 * @param textWidth width of the text embeddings before they are projected to d
 * @param timeWidth number of sinusoids of the time embedding
 * @param patchIn numbers in one patch of the input: channels times the patch's volume
 * @param patchOut numbers in one patch of the output
 * @param timePerToken whether every token carries its own time (image to video) rather than the sample
 */
public record TransformerCost(
        int width,
        int layers,
        int feedForward,
        int textWidth,
        int timeWidth,
        int patchIn,
        int patchOut,
        boolean timePerToken) {
    private static final double MIB = 1 << 20;
    private static final double HEAP_BLOCK = 32 * MIB;
    private static final double KEPT = 3;
    private static final double MOST_KEPT = 480 * MIB;
    private static final double WORKSPACE = 64 * MIB;

    /** Cost of one pass of one sample of {@code videoTokens} tokens with {@code textTokens} text positions. */
    public ForwardCost forward(double videoTokens, double textTokens) {
        double square = (double) width * width;
        double layer = (6 * square + 2.0 * width * feedForward) * videoTokens + 2 * square * textTokens;
        double text = ((double) textWidth * width + square) * textTokens;
        double time = ((double) timeWidth * width + 7 * square) * (timePerToken ? videoTokens : 1);
        double ends = ((double) patchIn + patchOut) * width * videoTokens;
        double attention = 2.0 * layers * width * videoTokens * (videoTokens + textTokens);
        double linear = layers * layer + text + time + ends;
        return new ForwardCost(2 * linear, 2 * (linear + attention));
    }

    /**
     * Weights of a transformer of this shape: the matrices that {@link #forward} counts with their biases, two norms of d
     * in each attention, a table {@code [6, d]} a layer and one {@code [2, d]} for the head.
     *
     * @param crossAttentionNorm whether every layer has a layer norm with weight and bias before cross-attention
     */
    public long parameters(boolean crossAttentionNorm) {
        long d = width;
        long attention = 4 * (d * d + d) + 2 * d;
        long feed = 2 * d * feedForward + feedForward + d;
        long layer = 2 * attention + feed + 6 * d + (crossAttentionNorm ? 2 * d : 0);
        long text = (textWidth + 1L) * d + d * d + d;
        long time = (timeWidth + 1L) * d + d * d + d + 6 * (d * d + d);
        long ends = (patchIn + 1L) * d + d * patchOut + patchOut + 2 * d;
        return layers * layer + text + time + ends;
    }

    /**
     * Memory that one pass of one sample takes beside the weights, estimated.
     *
     * <p>Alive at once are, of a token, eight rows of width d in self-attention (the latents and their norm; queries, keys and
     * values; the first two turned; the result), or three and one of the feed-forward, whichever is more; where activations
     * are narrow, four or two more in float32; of the text, its embeddings, two rows, and every layer's keys and values. Freed
     * blocks of less than 32 MiB stay in the C library's heap, where up to three times as much as is alive in such blocks was
     * found, never above 480 MiB; and whatever the size, code and the workspace of products take some 64 MiB.
     *
     * @param bytes of one activation
     */
    public long workingBytes(double videoTokens, double textTokens, int bytes) {
        int widened = bytes < Float.BYTES ? Float.BYTES : 0;
        double attention = 8.0 * width * bytes + 4.0 * width * widened;
        double feed = (3.0 * width + feedForward) * bytes + 2.0 * width * widened;
        double video = videoTokens * Math.max(attention, feed);
        double text = textTokens * bytes * (2.0 * width * (layers + 1) + textWidth);
        boolean inHeap = videoTokens * width * bytes < HEAP_BLOCK;
        double kept = Math.min(KEPT * (text + (inHeap ? video : 0)), MOST_KEPT);
        return (long) (video + text + kept + WORKSPACE);
    }
}
