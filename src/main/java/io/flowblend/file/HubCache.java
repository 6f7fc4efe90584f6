package io.flowblend.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The local cache of the Hugging Face Hub, {@code models--OWNER--NAME/snapshots/COMMIT} below one folder. Nothing is fetched: what
 * is not there is refused with the command that fetches it.
 *
 * @param folder the cache's folder, there or not
 */
public record HubCache(Path folder) {
    /** Beginning of the name of a repository's folder or file. */
    public static final String SCHEME = "hf://";

    private static final String WORD = "[A-Za-z0-9][\\w.-]*";
    /** The revision stands behind the repository, or at the end; one that refers to a pull request has two slashes. */
    private static final Pattern ADDRESS = Pattern.compile(SCHEME + "(?<repository>" + WORD + "/" + WORD + ")"
            + "(@(?<near>refs/[^/@\\s]+/[^/@\\s]+|[^/@\\s]+))?(/(?<path>[^@]+))?(@(?<far>[^/@\\s][^@\\s]*))?");

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /** The cache of whoever runs this. */
    public static HubCache ofThisUser() {
        return of(System.getenv(), Path.of(System.getProperty("user.home", "")));
    }

    /** The cache that {@code huggingface_hub} would use in an environment, for a user with that home. */
    static HubCache of(Map<String, String> environment, Path home) {
        for (String name : new String[] {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
            String named = environment.getOrDefault(name, "");
            if (!named.isEmpty()) {
                return new HubCache(expanded(named, home));
            }
        }
        String ofHub = environment.getOrDefault("HF_HOME", "");
        if (!ofHub.isEmpty()) {
            return new HubCache(expanded(ofHub, home).resolve("hub"));
        }
        String ofAll = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path caches = ofAll.isEmpty() ? home.resolve(".cache") : expanded(ofAll, home);
        return new HubCache(caches.resolve("huggingface").resolve("hub"));
    }

    private static Path expanded(String path, Path home) {
        return path.equals("~") || path.startsWith("~/")
                ? home.resolve(path.substring(Math.min(2, path.length())))
                : Path.of(path);
    }

    /**
     * The folder or file that {@code address} names: {@code hf://OWNER/NAME[@REVISION][/PATH]}; a revision is a branch, a tag or
     * a commit, {@code main} where none is named.
     *
     * @throws IllegalArgumentException if it is no such address, or not in the cache, with the command that fetches it
     */
    public Path resolve(String address) {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches() || (parts.group("near") != null && parts.group("far") != null)) {
            throw new IllegalArgumentException("'" + address
                    + "' is no address of the Hub; expected hf://OWNER/NAME, /SUBFOLDER behind it if it is meant, and"
                    + " @REVISION behind NAME if it is not main");
        }
        String repository = parts.group("repository");
        String near = parts.group("near");
        String revision = near == null ? Objects.requireNonNullElse(parts.group("far"), "main") : near;
        String path = Objects.requireNonNullElse(parts.group("path"), "");
        if (leavesFolder(revision) || leavesFolder(path)) {
            throw new IllegalArgumentException("'" + address + "' leads out of its repository");
        }
        Path cached = folder.resolve("models--" + repository.replace("/", "--"));
        Path snapshot = cached.resolve("snapshots").resolve(commit(cached, revision));
        Path found = snapshot.resolve(path);
        if (!Files.exists(found)) {
            throw new IllegalArgumentException("'" + address + "' is not in the Hub's cache " + folder
                    + (Files.isDirectory(snapshot) ? ", which has other files of that repository" : "") + "; '"
                    + command(repository, revision, path) + "' fetches it");
        }
        return found;
    }

    private static boolean leavesFolder(String path) {
        return path.startsWith("/")
                || Stream.of(path.split("/")).anyMatch(word -> word.equals("..") || word.equals("."));
    }

    /** The commit that a branch or tag stood at when it was fetched; a commit stands for itself. */
    private static String commit(Path cached, String revision) {
        Path ref = cached.resolve("refs").resolve(revision);
        if (!Files.isRegularFile(ref)) {
            return revision;
        }
        try {
            String commit = Files.readString(ref, StandardCharsets.US_ASCII).strip();
            if (COMMIT.matcher(commit).matches()) {
                return commit;
            }
        } catch (IOException e) {
            throw new InvalidFileException(ref, "cannot be read: " + e.getMessage(), e);
        }
        throw new InvalidFileException(ref, "does not hold a commit (40 hexadecimal digits)");
    }

    private static String command(String repository, String revision, String path) {
        String name = String.valueOf(Path.of(path).getFileName());
        String files = path.isEmpty() ? "" : name.contains(".") ? " " + path : " --include \"" + path + "/*\"";
        return "hf download " + repository + (revision.equals("main") ? "" : " --revision " + revision) + files;
    }
}
