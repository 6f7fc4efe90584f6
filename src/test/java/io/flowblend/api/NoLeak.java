package io.flowblend.api;

import io.restassured.filter.Filter;
import io.restassured.filter.FilterContext;
import io.restassured.response.Response;
import io.restassured.specification.FilterableRequestSpecification;
import io.restassured.specification.FilterableResponseSpecification;

/** Fails a test whose answer has no request id, or an error whose body tells of the code or is of another shape. */
final class NoLeak implements Filter {
    @Override
    public Response filter(
            FilterableRequestSpecification request, FilterableResponseSpecification expected, FilterContext context) {
        Response response = context.next(request, expected);
        String what = request.getMethod() + " " + request.getURI() + " -> " + response.statusCode();
        require(response.header("X-Request-Id") != null, what + " has no X-Request-Id");
        if (response.statusCode() >= 400 && !request.getMethod().equals("HEAD")) {
            String body = response.asString();
            require(!body.contains("Exception") && !body.contains("io.flowblend"), what + ": " + body);
            require(!body.contains("/secret") && !body.contains("\tat "), what + ": " + body);
            require(response.contentType().startsWith("application/json"), what + " is " + response.contentType());
            require(response.path("error.message") instanceof String, what + ": " + body);
            require(response.path("error.type") instanceof String, what + ": " + body);
            require(response.path("error.code") instanceof String, what + ": " + body);
        }
        return response;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }
}
