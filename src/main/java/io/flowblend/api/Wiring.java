package io.flowblend.api;

import io.flowblend.api.security.ApiKeys;
import io.flowblend.api.security.Doorkeeper;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Makes the parts of the service from its configuration. */
@ApplicationScoped
public class Wiring {
    @Produces
    @Singleton
    ApiKeys apiKeys(FlowBlendConfig config) {
        ApiKeys keys = ApiKeys.none();
        for (Map.Entry<String, FlowBlendConfig.ApiKey> key : config.apiKeys().entrySet()) {
            String source = "flowblend.api-keys." + key.getKey();
            keys = keys.with(source, key.getKey(), key.getValue().role(), key.getValue().sha256());
        }
        if (config.apiKeysFile().isPresent()) {
            Path file = config.apiKeysFile().get();
            keys = keys.withLines(file.toString(), lines(file));
        }
        return keys;
    }

    @Produces
    @Singleton
    Doorkeeper doorkeeper(ApiKeys keys) {
        return new Doorkeeper(keys);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new IllegalArgumentException("flowblend.api-keys-file: cannot read " + file, e);
        }
    }
}
