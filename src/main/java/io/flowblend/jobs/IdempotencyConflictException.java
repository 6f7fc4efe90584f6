package io.flowblend.jobs;

/** An idempotency key was used before, with another body. */
public final class IdempotencyConflictException extends RuntimeException {
    public IdempotencyConflictException() {
        super("This Idempotency-Key was used before with a different request body.");
    }
}
