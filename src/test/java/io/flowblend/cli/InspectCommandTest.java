package io.flowblend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class InspectCommandTest {
    private static final String[] WAN = {
        "src/test/resources/sizes/wan2.1", "--width", "832", "--height", "480", "--frames", "61"
    };

    @Test
    void printsPartsCostAndMemory() {
        String text = run(WAN);
        assertTrue(text.matches("(?s).*large +WanTransformer3DModel +14,288,491,584 +no weight files\\R.*"), text);
        assertTrue(text.matches("(?s).*large +598\\.\\d\\d .*"), text);
        assertTrue(text.matches("(?s).*small +62\\.58\\d .*"), text);
        assertTrue(text.matches("(?s).*cpu, float32 +79\\.\\d\\d .*"), text);
        assertTrue(text.contains("note: The decoder's weight files are not there"), text);
    }

    @Test
    void writesTheSameFiguresAsJson(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("wan.json");
        run(Stream.concat(Stream.of(WAN), Stream.of("--json", file.toString())).toArray(String[]::new));
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        assertEquals(599e12, json.at("/large/paperLinear").asDouble(), 0.6e12);
        assertEquals(24_960, json.at("/video/tokens").asInt());
        assertEquals("UMT5EncoderModel", json.at("/parts/2/architecture").asText());
    }

    private static String run(String... arguments) {
        StringWriter out = new StringWriter();
        int code = new CommandLine(new InspectCommand())
                .setOut(new PrintWriter(out))
                .execute(arguments);
        assertEquals(0, code);
        return out.toString();
    }
}
