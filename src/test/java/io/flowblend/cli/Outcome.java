package io.flowblend.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command came to, and what it said. */
record Outcome(int code, String said) {
    static Outcome of(String... arguments) {
        StringWriter said = new StringWriter();
        int code = FlowBlendCommand.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(said))
                .execute(arguments);
        return new Outcome(code, said.toString());
    }
}
