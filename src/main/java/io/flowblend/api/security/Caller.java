package io.flowblend.api.security;

/**
 * Who sent a request.
 *
 * @param name name of the API key; the owner of the videos that it submits
 */
public record Caller(String name, Role role) {
    /** Whoever reaches a service without keys over the loopback interface. */
    public static final Caller LOCAL = new Caller("local", Role.ADMIN);

    /** What a caller may do. */
    public enum Role {
        /** Make, see and delete its own videos. */
        USER,
        /** That, and operate the service. */
        ADMIN
    }
}
