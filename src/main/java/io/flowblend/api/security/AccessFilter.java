package io.flowblend.api.security;

import io.flowblend.api.wire.ApiError;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides who comes in. With keys: whoever shows one. Without: the loopback interface only, and there only what does not
 * come from a foreign web page in the user's browser (by a form, a script, or a host name that was bent to loopback).
 */
public final class AccessFilter {
    private static final Pattern BEARER = Pattern.compile("(?i)bearer +(\\S+) *");
    private static final Pattern LOOPBACK_NAME =
            Pattern.compile("(localhost|[a-z0-9.-]+\\.localhost|127(\\.\\d{1,3}){3}|\\[?::1]?)\\.?");
    private static final String OPERATIONS = "/q/";

    /** The page and its parts: they hold nothing and are open even where keys are needed. */
    private static final Set<String> PAGE = Set.of("/", "/index.html", "/app.js", "/app.css", "/favicon.svg");

    private static final Pattern MODULE_OF_PAGE = Pattern.compile("/studio/[a-z]+\\.js");

    private final ApiKeys keys;

    public AccessFilter(ApiKeys keys) {
        this.keys = keys;
    }

    /**
     * What a request says about where it comes from.
     *
     * @param path normalized path
     * @param remoteAddress address of the other end of the connection
     * @param host value of the Host header
     */
    public record Visit(
            String path,
            String remoteAddress,
            Optional<String> host,
            Optional<String> origin,
            Optional<String> authorization) {}

    /**
     * Lets the visitor in.
     *
     * @throws ApiError 401 or 403
     */
    public Caller admit(Visit visit) {
        return keys.isEmpty() ? admitLocal(visit) : admitWithKey(visit);
    }

    private static Caller admitLocal(Visit visit) {
        if (!isLoopback(visit.remoteAddress())) {
            throw ApiError.of(
                    403,
                    "loopback_only",
                    "This service has no API keys configured and answers on the loopback interface only.");
        }
        boolean foreignHost = visit.host().isPresent()
                && !LOOPBACK_NAME.matcher(hostName(visit.host().get())).matches();
        boolean foreignOrigin =
                visit.origin().isPresent() && !authority(visit.origin().get()).equals(visit.host());
        if (foreignHost || foreignOrigin) {
            throw ApiError.of(
                    403,
                    "foreign_origin",
                    "This service has no API keys configured and takes no requests from other web pages or host names.");
        }
        return Caller.LOCAL;
    }

    private Caller admitWithKey(Visit visit) {
        boolean operations = visit.path().startsWith(OPERATIONS);
        boolean page = PAGE.contains(visit.path())
                || MODULE_OF_PAGE.matcher(visit.path()).matches();
        boolean open = page || (operations && isLoopback(visit.remoteAddress()));
        if (open) {
            return Caller.LOCAL;
        }
        Caller caller = visit.authorization()
                .map(BEARER::matcher)
                .filter(java.util.regex.Matcher::matches)
                .flatMap(bearer -> keys.find(bearer.group(1)))
                .orElseThrow(() -> unauthorized(visit.authorization().isPresent()));
        if (operations && caller.role() != Caller.Role.ADMIN) {
            throw ApiError.of(
                    403, "admin_only", "From elsewhere than the service's own machine this needs an admin key.");
        }
        return caller;
    }

    private static ApiError unauthorized(boolean tried) {
        String message = tried
                ? "The API key is not valid."
                : "An API key is needed, as the header 'Authorization: Bearer KEY'.";
        return ApiError.of(401, tried ? "invalid_api_key" : "missing_api_key", message)
                .with("WWW-Authenticate", "Bearer realm=\"flowblend\"");
    }

    private static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static String hostName(String hostAndPort) {
        return hostAndPort.replaceFirst(":\\d+$", "").toLowerCase(Locale.ROOT);
    }

    private static Optional<String> authority(String origin) {
        try {
            return Optional.ofNullable(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
