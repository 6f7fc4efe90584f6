package io.flowblend.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.api.wire.ApiError;
import io.flowblend.jobs.IdempotencyConflictException;
import io.flowblend.jobs.QueueFullException;
import io.flowblend.jobs.StorageFailedException;
import io.flowblend.request.InvalidRequestException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.sql.SQLException;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns whatever goes wrong into the one error shape. What is not meant for the client is logged, never sent. */
public final class HttpErrors {
    private static final Logger LOG = Logger.getLogger(HttpErrors.class);
    private static final String STORAGE_RETRY_SECONDS = "30";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ServerExceptionMapper
    public Response known(ApiError error) {
        Response.ResponseBuilder response = Response.status(error.status())
                .type(MediaType.APPLICATION_JSON_TYPE)
                .entity(error.body());
        error.headers().forEach(response::header);
        return response.build();
    }

    @ServerExceptionMapper
    public Response invalid(InvalidRequestException e) {
        return known(ApiError.invalid(e.field(), "invalid_value", String.valueOf(e.getMessage())));
    }

    @ServerExceptionMapper
    public Response queueFull(QueueFullException e) {
        long seconds = Math.max(1, e.retryAfter().plusMillis(999).toSeconds());
        return known(ApiError.of(429, "queue_full", String.valueOf(e.getMessage()))
                .with("Retry-After", Long.toString(seconds)));
    }

    @ServerExceptionMapper
    public Response idempotencyConflict(IdempotencyConflictException e) {
        return known(ApiError.invalid("Idempotency-Key", "idempotency_conflict", String.valueOf(e.getMessage())));
    }

    @ServerExceptionMapper
    public Response storageFailed(StorageFailedException e) {
        LOG.warnf("A request failed for want of storage: %s", e.getMessage());
        ApiError error = e.isFull()
                ? ApiError.of(503, "storage_full", "The server has no space left. It takes videos again once it has.")
                : ApiError.of(503, "storage_unavailable", "The server cannot reach its storage at present.");
        return known(error.with("Retry-After", STORAGE_RETRY_SECONDS));
    }

    @ServerExceptionMapper
    public Response http(WebApplicationException e) {
        return known(forStatus(e.getResponse().getStatus()));
    }

    @ServerExceptionMapper
    public Response unexpected(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof StorageFailedException || cause instanceof SQLException) {
                return storageFailed(StorageFailedException.of(cause));
            }
        }
        LOG.error("A request failed unexpectedly", e);
        return known(forStatus(500));
    }

    /** What is said about a status that the HTTP layers themselves come to. */
    static ApiError forStatus(int status) {
        return switch (status) {
            case 400 -> ApiError.of(400, "malformed_request", "The request is malformed.");
            case 404 -> ApiError.of(404, "route_not_found", "There is no such route.");
            case 405 -> ApiError.of(405, "method_not_allowed", "This route does not take that HTTP method.");
            case 406 -> ApiError.of(406, "not_acceptable", "This route answers JSON; 'Accept' has to allow that.");
            case 408 -> ApiError.of(408, "request_timeout", "The request did not arrive in time.");
            case 413 -> ApiError.of(413, "body_too_large", "The request body is too large.");
            case 414 -> ApiError.of(414, "uri_too_long", "The request's address is too long.");
            case 431 -> ApiError.of(431, "headers_too_large", "The request's headers are too large.");
            case 415 -> ApiError.of(
                    415, "unsupported_media_type", "The body has to be application/json or multipart/form-data.");
            default -> status < 500
                    ? ApiError.of(status, "bad_request", "The request cannot be answered.")
                    : ApiError.of(500, "internal_error", "Something went wrong here. The log says more.");
        };
    }

    static ApiError bodyTooLarge(long limit) {
        return ApiError.of(413, "body_too_large", "The request body may have at most " + limit + " bytes.");
    }

    /** Answers with {@code error}, and lets go of a connection that may have more of the request on it. */
    static void refuse(RoutingContext exchange, ApiError error) {
        if (exchange.request().version() != HttpVersion.HTTP_2) {
            exchange.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        write(exchange, error);
    }

    /** Answers with {@code error} outside of the REST resources, perhaps before the request came to any. */
    static void write(RoutingContext exchange, ApiError error) {
        if (exchange.response().ended() || exchange.response().headWritten()) {
            return;
        }
        String body;
        try {
            body = MAPPER.writeValueAsString(error.body());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an error could not be written", e);
        }
        RequestIdFilter.identify(exchange);
        error.headers().forEach((name, value) -> exchange.response().putHeader(name, value));
        exchange.response()
                .setStatusCode(error.status())
                .putHeader("Content-Type", MediaType.APPLICATION_JSON)
                .end(body);
    }
}
