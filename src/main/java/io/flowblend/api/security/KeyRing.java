package io.flowblend.api.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The keys in force: those of the configuration and those of a file, which is read again when it has changed. A file that is
 * not valid, or that would leave no key at all, is not taken: then the keys before it stay in force.
 */
public final class KeyRing {
    private static final System.Logger LOG = System.getLogger(KeyRing.class.getName());

    private final ApiKeys configured;
    private final Optional<Path> file;
    private @Nullable String read;
    private volatile ApiKeys inForce;

    private KeyRing(ApiKeys configured, Optional<Path> file) {
        this.configured = configured;
        this.file = file;
        this.inForce = configured;
    }

    /**
     * Reads the keys for the first time.
     *
     * @throws IllegalArgumentException naming the file, the line and what was expected
     */
    public static KeyRing open(ApiKeys configured, Optional<Path> file) {
        KeyRing ring = new KeyRing(configured, file);
        file.ifPresent(path -> {
            try {
                ring.take(path, Files.readString(path, StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new IllegalArgumentException("flowblend.api-keys-file: cannot read " + path, e);
            }
        });
        return ring;
    }

    public ApiKeys inForce() {
        return inForce;
    }

    /** Takes the file as it is now, if it has changed. */
    public synchronized void look() {
        if (file.isEmpty()) {
            return;
        }
        Path path = file.get();
        try {
            String text = Files.readString(path, StandardCharsets.UTF_8);
            if (!text.equals(read)) {
                take(path, text);
                LOG.log(System.Logger.Level.INFO, "The API keys of {0} are in force as they are now", path);
            }
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The API keys of {0} cannot be read; those before stay in force",
                    path);
        } catch (IllegalArgumentException e) {
            LOG.log(System.Logger.Level.ERROR, "{0}. The API keys before stay in force", e.getMessage());
        }
    }

    private void take(Path path, String text) {
        boolean first = read == null;
        read = text;
        ApiKeys keys = configured.withLines(path.toString(), text.lines().toList());
        if (!first && keys.isEmpty()) {
            throw new IllegalArgumentException(path + ": no key is left, which would open the service to everybody");
        }
        inForce = keys;
    }
}
