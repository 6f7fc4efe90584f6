package io.flowblend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ExitCode;

class CompletionCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void bashCompletesCommandsAndOptionsByTheScript() throws IOException, InterruptedException {
        Outcome script = Outcome.of("completion");
        assertEquals(ExitCode.OK, script.code());
        Path file = Files.writeString(folder.resolve("completion.sh"), script.said());
        assertEquals("doctor", completed(file, "flowblend do", 1));
        assertTrue(completed(file, "flowblend generate --sch", 2).contains("--schedule"));
    }

    /** What bash offers for the last word of {@code line}. */
    private static String completed(Path script, String line, int word) throws IOException, InterruptedException {
        String commands = "source " + script + "; COMP_WORDS=(" + line + "); COMP_CWORD=" + word
                + "; _complete_flowblend; printf '%s ' \"${COMPREPLY[@]}\"";
        Process bash = new ProcessBuilder("bash", "-c", commands)
                .redirectErrorStream(true)
                .start();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, bash.waitFor(), said);
        return said.strip();
    }
}
