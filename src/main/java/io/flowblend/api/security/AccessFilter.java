package io.flowblend.api.security;

import io.flowblend.api.wire.ApiError;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
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
    /** What the API can do is for every caller to read. */
    private static final String OPENAPI = "/q/openapi";

    /** The page and its parts, which hold nothing, and whether the service is ready: open even where keys are needed. */
    private static final Set<String> PAGE =
            Set.of("/", "/index.html", "/app.js", "/app.css", "/favicon.svg", "/health");

    private static final Pattern MODULE_OF_PAGE = Pattern.compile("/studio/[a-z]+\\.js");

    private final Supplier<ApiKeys> inForce;
    private final WrongKeys wrongKeys;

    /** @param inForce the keys, asked for at each request */
    public AccessFilter(Supplier<ApiKeys> inForce) {
        this(inForce, System::nanoTime);
    }

    AccessFilter(Supplier<ApiKeys> inForce, LongSupplier nanos) {
        this.inForce = inForce;
        this.wrongKeys = new WrongKeys(nanos);
    }

    /**
     * What a request says about where it comes from.
     *
     * @param path normalized path
     * @param remoteAddress address of the other end of the connection
     * @param host value of the Host header
     * @param forwarded whether a proxy says that it passed the request on
     */
    public record Visit(
            String path,
            String remoteAddress,
            Optional<String> host,
            Optional<String> origin,
            Optional<String> authorization,
            boolean forwarded) {}

    /**
     * Lets the visitor in.
     *
     * @throws ApiError 401, 403 or 429
     */
    public Caller admit(Visit visit) {
        ApiKeys keys = inForce.get();
        return keys.isEmpty() ? admitLocal(visit) : admitWithKey(keys, visit);
    }

    private static Caller admitLocal(Visit visit) {
        if (!isLoopback(visit.remoteAddress())) {
            throw ApiError.of(
                    403,
                    "loopback_only",
                    "This service has no API keys configured and answers on the loopback interface only.");
        }
        if (visit.forwarded()) {
            throw ApiError.of(
                    403,
                    "loopback_only",
                    "This service has no API keys configured and takes no requests that a proxy passed on.");
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

    private Caller admitWithKey(ApiKeys keys, Visit visit) {
        boolean local = isLoopback(visit.remoteAddress()) && !visit.forwarded();
        boolean operations =
                visit.path().startsWith(OPERATIONS) && !visit.path().equals(OPENAPI);
        boolean page = PAGE.contains(visit.path())
                || MODULE_OF_PAGE.matcher(visit.path()).matches();
        if (page || (visit.path().startsWith(OPERATIONS) && local)) {
            return Caller.LOCAL;
        }
        Caller caller = visit.authorization()
                .map(BEARER::matcher)
                .filter(Matcher::matches)
                .flatMap(bearer -> find(keys, visit.remoteAddress(), bearer.group(1)))
                .orElseThrow(() -> unauthorized(visit.authorization().isPresent()));
        if (operations && caller.role() != Caller.Role.ADMIN) {
            throw ApiError.of(
                    403, "admin_only", "From elsewhere than the service's own machine this needs an admin key.");
        }
        return caller;
    }

    private Optional<Caller> find(ApiKeys keys, String address, String token) {
        if (!wrongKeys.isHeard(address, token)) {
            throw ApiError.of(429, "too_many_wrong_keys", "Too many wrong API keys came from this address.")
                    .with("Retry-After", Long.toString(WrongKeys.PERIOD.toSeconds()));
        }
        Optional<Caller> caller = keys.find(token);
        caller.ifPresentOrElse(known -> wrongKeys.right(address, token), () -> wrongKeys.wrong(address));
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
