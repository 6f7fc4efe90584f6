package io.flowblend.cli;

import io.flowblend.file.InvalidFileException;
import io.flowblend.pipeline.GenerationFailedException;
import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/** The command line. Without a command the jar starts the service instead. */
@Command(
        name = "flowblend",
        mixinStandardHelpOptions = true,
        version = "FlowBlend 0.1.0",
        description = "Makes videos with a large and a small diffusion model that take turns. "
                + "Without a command the service starts.",
        subcommands = {
            GenerateCommand.class,
            VideosCommand.class,
            InspectCommand.class,
            CalibrateCommand.class,
            DoctorCommand.class,
            FleetCommand.class,
            BenchCommand.class,
            PaperCommands.class,
            CompletionCommand.class
        })
public final class FlowBlendCommand {
    private FlowBlendCommand() {}

    /** Runs a command and answers the process's exit code: 0, 1 if it failed, 2 if it was called wrongly. */
    public static int run(String... arguments) {
        return commandLine().execute(arguments);
    }

    static CommandLine commandLine() {
        return new CommandLine(new FlowBlendCommand()).setExecutionExceptionHandler(FlowBlendCommand::report);
    }

    /** What the user can mend is one line; anything else is a defect and keeps its stack trace. */
    private static int report(Exception failure, CommandLine command, CommandLine.ParseResult arguments)
            throws Exception {
        if (failure instanceof InvalidRequestException
                || failure instanceof InvalidFileException
                || failure instanceof GenerationFailedException
                || failure instanceof IOException) {
            command.getErr().println(command.getColorScheme().errorText("error: " + failure.getMessage()));
            return failure instanceof InvalidRequestException ? ExitCode.USAGE : ExitCode.SOFTWARE;
        }
        throw failure;
    }
}
