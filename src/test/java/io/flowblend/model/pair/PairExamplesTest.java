package io.flowblend.model.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.flowblend.model.PairSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every whole {@code pair.yaml} of the guides is one that is taken. */
class PairExamplesTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```yaml\\n(id: .*?)^```");

    private static final Path SCHEDULER = Path.of("src/main/resources/pairs/glyphs/scheduler/scheduler_config.json");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void everyWholePairFileOfTheGuidesIsRead() throws IOException {
        List<String> read = new ArrayList<>();
        for (String guide : List.of("pairs.md", "new-pair.md", "tour.md")) {
            for (String text : blocks(Files.readString(Path.of("src/site/markdown", guide)))) {
                Path pair = Files.createDirectories(folder.resolve(guide + read.size()));
                Files.writeString(pair.resolve("pair.yaml"), text);
                // The one file that is read with the description.
                Path scheduler = Files.createDirectories(pair.resolve("LTX-Video-13B/scheduler"));
                Files.copy(SCHEDULER, scheduler.resolve("scheduler_config.json"));
                PairSpec spec = PairFile.read(pair);
                read.add(spec.id());
            }
        }
        assertEquals(List.of("wan2.1", "ltx-video", "glyphs-script", "wan2.1", "ltx-video"), read);
    }

    private static List<String> blocks(String text) {
        return BLOCK.matcher(text).results().map(match -> match.group(1)).toList();
    }
}
