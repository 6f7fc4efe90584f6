package io.flowblend.cli;

import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import java.net.ConnectException;
import picocli.CommandLine.Option;

/** The running service that a command talks to, and what is said where there is none. */
final class ServiceOptions {
    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "Address of the service; default: ${DEFAULT-VALUE}.",
            defaultValue = "${env:FLOWBLEND_URL:-http://127.0.0.1:8080}")
    private String url = "";

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "API key, where the service needs one; default: the environment's FLOWBLEND_KEY.",
            defaultValue = "${env:FLOWBLEND_KEY:-}")
    private String key = "";

    String url() {
        return url;
    }

    /** Empty if there is none. */
    String key() {
        return key;
    }

    IOException unreachable(ConnectException cause) {
        return new IOException("no service answers at " + url + "; start it, or name its address (--url)", cause);
    }

    static InvalidRequestException noAddress() {
        return new InvalidRequestException("--url", "--url has to be an address such as http://127.0.0.1:8080.");
    }
}
