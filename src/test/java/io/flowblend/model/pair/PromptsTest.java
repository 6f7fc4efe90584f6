package io.flowblend.model.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PairSpec.Prompts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a pair says of its prompts. */
class PromptsTest {
    private static final Prompts SMALL =
            new Prompts(List.of(List.of("red", "blue"), List.of("cat")), List.of("red cat"));

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            quoteCharacter = '`',
            textBlock =
                    """
            red cat               | none
            Red  CAT              | none
            ``                    | none
            a red dog, a blue dog | a dog ,
            red-cat               | -
            """)
    void namesEachUnknownWordOnce(String prompt, String unknown) {
        assertEquals(unknown == null ? List.of() : List.of(unknown.split(" ")), SMALL.unknownIn(prompt));
    }

    @Test
    void aPairWithoutAVocabularyTakesAnyText() throws IOException {
        Path pair = PairCopies.copy(folder, "pair");
        Path file = pair.resolve("pair.yaml");
        String text = Files.readString(file);
        Files.writeString(file, text.substring(0, text.indexOf("prompts:")));
        assertEquals(Prompts.ANY, PairLoader.describe(pair).prompts());
        assertEquals(List.of(), Prompts.ANY.unknownIn("whatever, anything"));
    }

    @Test
    void theBuiltInPairShowsExamplesOfItsWords() {
        Prompts prompts = PairCopies.spec().prompts();
        assertFalse(prompts.examples().isEmpty());
        assertTrue(prompts.vocabulary().stream().anyMatch(kind -> kind.contains("seven")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            {vocabulary: [red, blue]}                      | 'prompts.vocabulary[0]' must be a list of texts, none empty, not "red"
            {vocabulary: [[red, 5]]}                       | 'prompts.vocabulary[0]' must be a list of texts, none empty, not ["red",5]
            {vocabulary: [[Red]]}                          | prompts: vocabulary: 'Red' is not one word in lower case
            {vocabulary: [[dark red]]}                     | prompts: vocabulary: 'dark red' is not one word in lower case
            {vocabulary: [[red]], examples: [red big cat]} | prompts: examples: 'red big cat' has words that vocabulary lacks: big, cat
            {examples: [" "]}                              | prompts: examples: a prompt is empty
            {example: [red]}                               | 'prompts.example' is unknown; did you mean 'examples'?
            """)
    void refusesADescriptionThatCannotBeMeant(String prompts, String expected) throws IOException {
        Path pair = PairCopies.copy(folder, "pair");
        Path file = pair.resolve("pair.yaml");
        String text = Files.readString(file);
        Files.writeString(file, text.substring(0, text.indexOf("prompts:")) + "prompts: " + prompts + "\n");
        String message = String.valueOf(assertThrows(InvalidFileException.class, () -> PairLoader.describe(pair))
                .getMessage());
        assertTrue(message.contains(expected), message);
    }
}
