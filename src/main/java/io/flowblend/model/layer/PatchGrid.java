package io.flowblend.model.layer;

/** Number of patches along each axis; their tokens run over columns first, then rows, then frames. */
public record PatchGrid(int frames, int height, int width) {
    public int tokens() {
        return frames * height * width;
    }
}
