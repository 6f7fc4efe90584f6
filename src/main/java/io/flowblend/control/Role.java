package io.flowblend.control;

/** The source of the velocity that advances a step. */
public enum Role {
    LARGE,
    SMALL,
    /** No model: the last velocity that either of them computed, carried on along its slope. */
    REUSED;

    /** L, S or R. */
    public char letter() {
        return switch (this) {
            case LARGE -> 'L';
            case SMALL -> 'S';
            case REUSED -> 'R';
        };
    }
}
