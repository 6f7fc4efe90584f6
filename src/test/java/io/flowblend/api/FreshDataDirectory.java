package io.flowblend.api;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Gives every start of the service in a test an empty data directory, with an empty folder for tuning profiles, below {@code target}. */
@QuarkusTestResource(FreshDataDirectory.class)
public class FreshDataDirectory implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
        RequestIdFilter.checkAddressesItself();
        try {
            Path directory = Files.createTempDirectory(Files.createDirectories(Path.of("target", "test-data")), "run-");
            Path profiles = Files.createDirectories(directory.resolve("profiles"));
            return Map.of(
                    "flowblend.data-directory", directory.toString(),
                    "flowblend.profiles-directory", profiles.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {}
}
