package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.api.security.AccessFilter;
import io.flowblend.api.security.ApiKeys;
import io.flowblend.api.security.Caller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page's files fit together, need nothing from elsewhere, and open without a key. */
class StudioPageTest {
    private static final Path ROOT = Path.of("src/main/resources/META-INF/resources");
    private static final int LARGEST_BYTES = 1_500_000;
    private static final Pattern IMPORT = Pattern.compile("from \"(\\./[^\"]+)\"");
    private static final Pattern USED_ID = Pattern.compile("\\bat\\(\"([a-z-]+)\"\\)");
    private static final Pattern GIVEN_ID = Pattern.compile("\\bid=\"([a-z-]+)\"");
    private static final Pattern LABEL = Pattern.compile("<label for=\"([a-z-]+)\"");
    private static final Pattern INPUT = Pattern.compile("<(?:input|select|textarea) id=\"([a-z-]+)\"");
    private static final Pattern ELSEWHERE =
            Pattern.compile("(?:src|href|url\\(|from|import)\\s*[=(]?\\s*[\"']?(?:https?:)?//");

    private static Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(ROOT)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put("/" + ROOT.relativize(file), Files.readString(file));
            }
        }
        return files;
    }

    private static Set<String> found(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyModuleThatIsImportedIsThere() throws IOException {
        Map<String, String> files = files();
        files.forEach((name, text) -> found(IMPORT, text).forEach(imported -> {
            String target = Path.of(name).resolveSibling(imported).normalize().toString();
            assertTrue(files.containsKey(target), name + " imports " + imported);
        }));
        assertTrue(found(IMPORT, files.getOrDefault("/app.js", "")).size() > 4);
    }

    @Test
    void everyElementThatTheModulesUseIsInThePage() throws IOException {
        Map<String, String> files = files();
        Set<String> given = found(GIVEN_ID, files.getOrDefault("/index.html", ""));
        files.forEach((name, text) -> {
            if (name.endsWith(".js")) {
                Set<String> used = found(USED_ID, text);
                used.removeAll(given);
                assertEquals(Set.of(), used, name);
            }
        });
    }

    @Test
    void everyInputHasALabel() throws IOException {
        String page = files().getOrDefault("/index.html", "");
        assertEquals(found(INPUT, page), found(LABEL, page));
        assertFalse(found(INPUT, page).isEmpty());
    }

    @Test
    void everyKeyOfAProfileIsDocumentedAsItsFileDocumentsIt() throws IOException {
        String written = files().getOrDefault("/studio/keys.js", "").replaceAll("\" \\+\\s+\"", "");
        StringBuilder comment = new StringBuilder();
        int keys = 0;
        for (String line : Files.readAllLines(Path.of("profiles/balanced.yaml"))) {
            if (line.startsWith("#")) {
                comment.append(line.substring(1));
            } else if (line.contains(":")) {
                String text = comment.toString().strip().replace("\"", "\\\"");
                String key = line.substring(0, line.indexOf(':')).replace('-', '_');
                assertTrue(written.contains(key + ": \"" + text + "\","), key + ": " + text);
                keys++;
                comment.setLength(0);
            } else {
                comment.setLength(0);
            }
        }
        assertEquals(keys, written.lines().filter(line -> line.startsWith("  ")).count());
    }

    @Test
    void nothingIsLoadedFromElsewhereAndThePageStaysSmall() throws IOException {
        long bytes = 0;
        for (Map.Entry<String, String> file : files().entrySet()) {
            assertFalse(ELSEWHERE.matcher(file.getValue()).find(), file.getKey());
            bytes += file.getValue().length();
        }
        assertTrue(bytes < LARGEST_BYTES, bytes + " bytes");
    }

    @Test
    void everyFileOfThePageOpensWithoutAKeyAndNothingElseDoes() throws IOException {
        String hash = "0".repeat(64);
        AccessFilter filter = new AccessFilter(() -> ApiKeys.none().with("test", "me", "user", hash));
        for (String path : files().keySet()) {
            assertEquals(Caller.LOCAL, filter.admit(visit(path)), path);
        }
        for (String path : List.of("/v1/videos", "/studio/../v1/videos", "/studio/x.json", "/studio/", "/q/metrics")) {
            assertTrue(refused(filter, path), path);
        }
    }

    private static boolean refused(AccessFilter filter, String path) {
        try {
            filter.admit(visit(path));
            return false;
        } catch (RuntimeException e) {
            return true;
        }
    }

    private static AccessFilter.Visit visit(String path) {
        return new AccessFilter.Visit(path, "192.0.2.1", Optional.empty(), Optional.empty(), Optional.empty(), false);
    }
}
