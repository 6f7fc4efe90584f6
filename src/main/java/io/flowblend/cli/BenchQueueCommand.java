package io.flowblend.cli;

import io.flowblend.experiment.timing.QueueBenchmark;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code bench queue}: requests to a running service with an empty queue and with a full one. */
@Command(
        name = "queue",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "How long a running service takes with an empty queue and with a full one.",
            "It has to be started with flowblend.queue.limit above the number of videos, and without other work."
        })
final class BenchQueueCommand implements Callable<Integer> {
    /** Keeps a worker busy for longer than the benchmark takes. */
    private static final int MOST_STEPS = 1000;

    @ParentCommand
    private BenchCommand bench = new BenchCommand();

    @Mixin
    private ServiceOptions service = new ServiceOptions();

    @Option(names = "--videos", defaultValue = "10000", description = "That wait; default: ${DEFAULT-VALUE}.")
    private int videos;

    @Option(names = "--requests", defaultValue = "500", description = "Of each kind; default: ${DEFAULT-VALUE}.")
    private int requests;

    @Option(names = "--streams", defaultValue = "200", description = "Of events, at once; default: ${DEFAULT-VALUE}.")
    private int streams;

    @Override
    public Integer call() throws IOException {
        Map<String, Object> body =
                Map.of("prompt", bench.prompt(), "policy", "large", "num_inference_steps", MOST_STEPS);
        try {
            QueueBenchmark.Setup setup = new QueueBenchmark.Setup(
                    URI.create(service.url()),
                    service.key(),
                    BenchCommand.atLeastOne("videos", videos),
                    BenchCommand.atLeastOne("requests", requests),
                    BenchCommand.atLeastOne("streams", streams),
                    body);
            QueueBenchmark.Result result = QueueBenchmark.run(setup, BenchCommand::progress);
            System.out.print(QueueBenchmark.table(result));
            bench.write(result);
        } catch (ConnectException e) {
            throw service.unreachable(e);
        } catch (IllegalArgumentException e) {
            throw ServiceOptions.noAddress();
        }
        return 0;
    }
}
