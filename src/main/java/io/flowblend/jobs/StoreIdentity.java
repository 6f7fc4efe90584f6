package io.flowblend.jobs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Whether a database and a folder of videos belong together: both hold the same id. Without that, a database that is empty
 * or another's would take every video for left over.
 */
final class StoreIdentity {
    static final String FILE = "store-id";

    private static final Pattern FORM = Pattern.compile("[0-9a-f-]{36}");

    private final JobRepository repository;
    private final Path root;

    StoreIdentity(JobRepository repository, Path root) {
        this.repository = repository;
        this.root = root;
    }

    /**
     * Makes sure that they belong together; two that are both without an id are given one.
     *
     * @param adopt whether the folder is to be taken for the database's own although it is not
     * @throws StoreMismatchException if they do not
     */
    void check(boolean adopt) {
        Optional<String> known = repository.storeId();
        Optional<String> found = read();
        if (known.isPresent() && known.equals(found)) {
            return;
        }
        boolean unmarked = found.isEmpty() && (known.isEmpty() || !repository.hasFinished());
        if (!unmarked && !adopt) {
            throw new StoreMismatchException("The folder " + root + " does not hold the videos of this database ("
                    + found.map(id -> "store " + id).orElse("no store id in it") + ", the database has "
                    + known.orElse("none") + "). Check the database, the folder and whether its disk is mounted;"
                    + " flowblend.store.adopt=true takes the folder as it is.");
        }
        String id = known.orElseGet(() -> UUID.randomUUID().toString());
        if (known.isEmpty() && !repository.setStoreId(id)) {
            id = repository.storeId().orElseThrow();
        }
        write(id);
    }

    private Optional<String> read() {
        Path file = root.resolve(FILE);
        try {
            Files.createDirectories(root);
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            String id = Files.readString(file, StandardCharsets.UTF_8).strip();
            return Optional.of(FORM.matcher(id).matches() ? id : "unreadable");
        } catch (IOException e) {
            throw new UncheckedIOException("the folder " + root + " cannot be used: " + e.getMessage(), e);
        }
    }

    private void write(String id) {
        Path part = root.resolve(FILE + ".part");
        try {
            Files.writeString(part, id + "\n", StandardCharsets.UTF_8);
            Files.move(part, root.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("the folder " + root + " cannot be written to: " + e.getMessage(), e);
        }
    }
}
