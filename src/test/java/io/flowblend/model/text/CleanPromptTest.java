package io.flowblend.model.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CleanPromptTest {
    /** Texts with what ftfy 6.3.1 and html of Python make of them, written by src/test/python/make_text_tables.py. */
    private static final Path TEXTS = Path.of("src/test/resources/text/cleaned.jsonl");

    @Test
    void cleansEveryTextAsFtfyDoes() throws IOException {
        ObjectMapper json = new ObjectMapper();
        int texts = 0;
        try (BufferedReader lines =
                Files.newBufferedReader(Path.of(System.getProperty("flowblend.texts", TEXTS.toString())))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode pair = json.readTree(line);
                assertEquals(pair.get(1).asText(), CleanPrompt.of(pair.get(0).asText()), () -> "of " + pair.get(0));
                texts++;
            }
        }
        assertTrue(texts >= 1000, "texts: " + texts);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a man\u2019s \u201cred\u201d hat | a man's \"red\" hat",
                "\ufb01ne art | fine art",
                "sch\u00c3\u00b6n | sch\u00f6n",
                "e\u0301t\u00e9 | \u00e9t\u00e9",
                "\uff2c\uff2f\uff35\uff24\u3000noise | LOUD noise",
                "a\u0000\u0007 b\ufeff | a b",
                "P&EACUTE;REZ &amp;amp; co | P\u00c9REZ & co"
            })
    void givesThePlainForm(String prompt, String plain) {
        assertEquals(plain, CleanPrompt.of(prompt));
    }

    @Test
    void leavesTextThatIsWellDecodedAsItStands() {
        for (String text : new String[] {
            "a red seven",
            "Caf\u00e9 na\u00efve \u2014 \u041c\u043e\u0441\u043a\u0432\u0430",
            "\u6771\u4eac\u306e\u591c"
        }) {
            assertEquals(text, CleanPrompt.of(text));
        }
    }
}
