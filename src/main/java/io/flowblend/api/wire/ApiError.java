package io.flowblend.api.wire;

import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is an error. Every message is written for the client: it holds no class name, no stack trace and no
 * path of the server.
 */
public final class ApiError extends RuntimeException {
    /** Name of the shape in the OpenAPI document. */
    public static final String SCHEMA = "Error";

    private final int status;
    private final transient Body body;
    private final transient Map<String, String> headers;

    private ApiError(int status, Body body, Map<String, String> headers) {
        super(body.error().message());
        this.status = status;
        this.body = body;
        this.headers = Map.copyOf(headers);
    }

    /**
     * An error of the kind that goes with its HTTP status.
     *
     * @param code stable word for machines
     */
    public static ApiError of(int status, String code, String message) {
        return new ApiError(status, body(status, code, message, null), Map.of());
    }

    /** A well-formed request that cannot be done; {@code field} is the one to change. */
    public static ApiError invalid(String field, String code, String message) {
        return new ApiError(422, body(422, code, message, field), Map.of());
    }

    /** A request that names what is not there; {@code field} is the one to change. */
    public static ApiError malformed(String field, String code, String message) {
        return new ApiError(400, body(400, code, message, field), Map.of());
    }

    public static ApiError videoNotFound(String id) {
        return of(404, "video_not_found", "There is no video '" + Text.shortened(id) + "'.");
    }

    public ApiError with(String header, String value) {
        return new ApiError(status, body, Map.of(header, value));
    }

    public int status() {
        return status;
    }

    public Body body() {
        return body;
    }

    public Map<String, String> headers() {
        return headers;
    }

    public Optional<String> field() {
        return Optional.ofNullable(body.error().param());
    }

    private static Body body(int status, String code, String message, @Nullable String field) {
        return new Body(new Detail(message, type(status), field, code));
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 409 -> "conflict_error";
            case 429 -> "rate_limit_error";
            default -> status < 500 ? "invalid_request_error" : "server_error";
        };
    }

    /** {@code {"error": {...}}}, the shape of every error. */
    @Schema(name = ApiError.SCHEMA)
    public record Body(Detail error) {}

    /**
     * @param type the kind, by HTTP status
     * @param param the field that the error is about, null if it is about none
     * @param code stable word for machines
     */
    @Schema(name = "ErrorDetail")
    public record Detail(String message, String type, @Schema(nullable = true) @Nullable String param, String code) {}
}
