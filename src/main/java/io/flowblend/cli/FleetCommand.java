package io.flowblend.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A fleet on one machine: a process that answers requests, and workers. */
@Command(
        name = "fleet",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Starts a process that answers requests and workers that make videos, on one PostgreSQL database.",
            "Runs until it is stopped. Each process takes the service's settings from the environment."
        })
final class FleetCommand implements Callable<Integer> {
    @Mixin
    private FleetDatabase database = new FleetDatabase();

    @Option(names = "--workers", defaultValue = "2", description = "Default: ${DEFAULT-VALUE}.")
    private int workers;

    @Option(names = "--port", defaultValue = "8080", description = "Of the API; default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--data-directory",
            paramLabel = "DIR",
            defaultValue = "${env:FLOWBLEND_DATA_DIRECTORY:-data}",
            description = "For videos and logs; default: ${DEFAULT-VALUE}.")
    private Path folder = Path.of("data");

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        PrintWriter print = spec.commandLine().getOut();
        BenchCommand.atLeastOne("workers", workers);
        Fleet fleet = new Fleet(new Fleet.Settings(folder.toAbsolutePath(), database, port, Map.of()));
        fleet.startApi();
        for (int i = 1; i <= workers; i++) {
            fleet.startWorker("worker-" + i);
        }
        print.println(
                "The API answers at " + fleet.address() + ". Logs: " + fleet.log(Fleet.API) + " and worker-N.log.");
        print.flush();
        while (fleet.ended().isEmpty()) {
            try {
                TimeUnit.SECONDS.sleep(1);
            } catch (InterruptedException e) {
                throw Fleet.interrupted(e);
            }
        }
        List<String> ended = fleet.ended();
        throw new IOException(String.join(", ", ended) + " ended by itself; " + fleet.log(ended.get(0)) + " says why");
    }
}
