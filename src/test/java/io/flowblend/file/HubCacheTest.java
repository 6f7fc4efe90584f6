package io.flowblend.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubCacheTest {
    private static final String COMMIT = "0fad780a534b6463e45facd96134c9f345acfa5b";
    private static final String OLDER = "1111111111111111111111111111111111111111";

    private HubCache cache = new HubCache(Path.of(""));
    private Path repository = Path.of("");

    @BeforeEach
    void makeACache(@TempDir Path folder) throws IOException {
        cache = new HubCache(folder);
        repository = folder.resolve("models--Wan-AI--Wan2.1-T2V-1.3B-Diffusers");
        Files.createDirectories(repository.resolve("snapshots/" + COMMIT + "/transformer"));
        Files.createDirectories(repository.resolve("snapshots/" + OLDER + "/transformer"));
        Files.createDirectories(repository.resolve("refs/refs/pr"));
        Files.writeString(repository.resolve("refs/main"), COMMIT);
        Files.writeString(repository.resolve("refs/v1.0"), OLDER + "\n");
        Files.writeString(repository.resolve("refs/refs/pr/3"), OLDER);
    }

    @ParameterizedTest
    @CsvSource({
        "HF_HUB_CACHE=/a HF_HOME=/b XDG_CACHE_HOME=/c, /a",
        "HUGGINGFACE_HUB_CACHE=/a HF_HOME=/b, /a",
        "HF_HOME=/b XDG_CACHE_HOME=/c, /b/hub",
        "HF_HOME=~/b, /home/me/b/hub",
        "XDG_CACHE_HOME=/c, /c/huggingface/hub",
        "HF_HOME=, /home/me/.cache/huggingface/hub"
    })
    void liesWhereTheHubsOwnClientKeepsIt(String environment, Path expected) {
        Map<String, String> variables = new java.util.HashMap<>();
        for (String variable : environment.split(" ", -1)) {
            String[] parts = variable.split("=", 2);
            variables.put(parts[0], parts[1]);
        }
        assertEquals(expected, HubCache.of(variables, Path.of("/home/me")).folder());
    }

    @ParameterizedTest
    @CsvSource({
        "hf://Wan-AI/Wan2.1-T2V-1.3B-Diffusers/transformer, " + COMMIT,
        "hf://Wan-AI/Wan2.1-T2V-1.3B-Diffusers@v1.0/transformer, " + OLDER,
        "hf://Wan-AI/Wan2.1-T2V-1.3B-Diffusers/transformer@v1.0, " + OLDER,
        "hf://Wan-AI/Wan2.1-T2V-1.3B-Diffusers@" + OLDER + "/transformer, " + OLDER,
        "hf://Wan-AI/Wan2.1-T2V-1.3B-Diffusers/transformer@refs/pr/3, " + OLDER
    })
    void findsTheSnapshotOfARevision(String address, String commit) {
        assertEquals(repository.resolve("snapshots/" + commit + "/transformer"), cache.resolve(address));
    }

    @Test
    void findsAWholeRepository() {
        assertEquals(repository.resolve("snapshots/" + COMMIT), cache.resolve("hf://Wan-AI/Wan2.1-T2V-1.3B-Diffusers"));
    }

    @ParameterizedTest
    @CsvSource({
        "hf://Lightricks/LTX-Video/vae, hf download Lightricks/LTX-Video --include \"vae/*\"",
        "hf://Lightricks/LTX-Video, hf download Lightricks/LTX-Video",
        "hf://Lightricks/LTX-Video@v2, hf download Lightricks/LTX-Video --revision v2",
        "hf://Lightricks/LTX-Video/ltxv.safetensors, hf download Lightricks/LTX-Video ltxv.safetensors",
        "hf://Wan-AI/Wan2.1-T2V-1.3B-Diffusers/vae, hf download Wan-AI/Wan2.1-T2V-1.3B-Diffusers --include \"vae/*\""
    })
    void namesTheCommandThatFetchesWhatIsNotThere(String address, String command) {
        String message = message(address);
        assertTrue(message.startsWith("'" + address + "' is not in the Hub's cache " + cache.folder()), message);
        assertTrue(message.endsWith("; '" + command + "' fetches it"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hf://", "hf://one", "hf://a/", "hf:///a/b", "hf://a b/c", "hf://../a/b", "hf://a/b@/c"})
    void refusesWhatIsNoAddress(String address) {
        String message = message(address);
        assertTrue(message.contains("is no address of the Hub; expected hf://OWNER/NAME"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hf://a/b/../../..", "hf://a/b@../../x/c", "hf://a/b//etc", "hf://a/b/c@../x"})
    void refusesWhatLeadsOutOfTheRepository(String address) {
        String message = message(address);
        assertTrue(message.contains("leads out of its repository"), message);
    }

    @Test
    void refusesADamagedRef() throws IOException {
        Files.writeString(repository.resolve("refs/main"), "../../elsewhere");
        assertTrue(String.valueOf(assertThrows(
                                InvalidFileException.class,
                                () -> cache.resolve("hf://Wan-AI/Wan2.1-T2V-1.3B-Diffusers/transformer"))
                        .getMessage())
                .contains("refs/main: does not hold a commit"));
    }

    private String message(String address) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, () -> cache.resolve(address))
                .getMessage());
    }
}
