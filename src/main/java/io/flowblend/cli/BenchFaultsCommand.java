package io.flowblend.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.flowblend.experiment.Table;
import io.flowblend.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/**
 * {@code bench faults}: a fleet whose processes are killed at random moments. Afterwards every video has to be completed once,
 * with the bytes of an undisturbed run, and nothing may be left over.
 */
@Command(
        name = "faults",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Kills workers and the API (SIGKILL), cuts connections and restarts PostgreSQL while videos are made.",
            "Needs a PostgreSQL database without videos, a new folder, and the jar as it is built."
        })
final class BenchFaultsCommand implements Callable<Integer> {
    /** A further lost attempt would end a video as worker_lost, which is what it should do. */
    private static final int LOST_THAT_MAY_BE = 2;

    private static final int WORKERS = 2;
    private static final int STEPS = 20;

    /** The request alone decides every byte: reused velocities would be extrapolated by what the pair learns meanwhile. */
    private static final List<String> SCHEDULES = List.of("LSL", "LLLSSSSL", "LLSSLLSS", "LSS");

    @ParentCommand
    private BenchCommand bench = new BenchCommand();

    @Mixin
    private FleetDatabase database = new FleetDatabase();

    @Option(names = "--videos", defaultValue = "100", description = "Default: ${DEFAULT-VALUE}.")
    private int videos;

    @Option(names = "--minutes", defaultValue = "10", description = "Of faults, at most; default: ${DEFAULT-VALUE}.")
    private int minutes;

    @Option(
            names = "--most-seconds",
            defaultValue = "10",
            description = "Between two faults, at most; default: ${DEFAULT-VALUE}.")
    private int mostSeconds;

    @Option(
            names = "--restart",
            paramLabel = "COMMAND",
            description = "Restarts PostgreSQL; run by a shell. Without it, that fault is left out.")
    private @Nullable String restart;

    @Option(names = "--seed", defaultValue = "1", description = "Of the faults; default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--port", defaultValue = "8081", description = "Of the API; default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--folder",
            paramLabel = "DIR",
            required = true,
            description = "A new folder, for the videos and the logs of the processes.")
    private Path folder = Path.of("faults");

    /** What is done to the fleet. */
    private enum Fault {
        KILL_WORKER,
        KILL_API,
        CUT_CONNECTIONS,
        RESTART_DATABASE
    }

    /**
     * @param faults how often each was done, while a video was being made
     * @param lost attempts whose worker was killed
     * @param resumed attempts that went on from a checkpoint
     * @param wrong videos that were not completed, or with other bytes than those of an undisturbed run
     * @param left tasks, checkpoints and unfinished files at the end, and videos that nobody asked for
     */
    record Result(
            Instant time,
            int videos,
            double minutes,
            Map<Fault, Integer> faults,
            long lost,
            long resumed,
            List<String> wrong,
            List<String> left) {}

    @Override
    public Integer call() throws IOException {
        BenchCommand.atLeastOne("videos", videos);
        BenchCommand.atLeastOne("most-seconds", mostSeconds);
        if (Files.exists(folder)) {
            throw new InvalidRequestException("--folder", "--folder " + folder + " is there already; name a new one.");
        }
        Map<String, String> environment = Map.of(
                "FLOWBLEND_WARM_UP", "false",
                "FLOWBLEND_THREADS", "1",
                "FLOWBLEND_CHECKPOINTS_EVERY_STEPS", "2",
                "FLOWBLEND_CHECKPOINTS_MAX_SHARE", "1",
                "FLOWBLEND_QUEUE_LIMIT", "10000");
        Path absolute = folder.toAbsolutePath();
        try (Fleet fleet = new Fleet(new Fleet.Settings(absolute, database, port, environment))) {
            fleet.startApi();
            for (int i = 0; i < WORKERS; i++) {
                fleet.startWorker(worker(i));
            }
            Result result = run(fleet, new FleetClient(fleet.address()));
            System.out.print(table(result));
            bench.write(result);
            return result.wrong().isEmpty() && result.left().isEmpty() ? 0 : 1;
        } catch (SQLException e) {
            throw new IOException("the database failed: " + e.getMessage(), e);
        }
    }

    private Result run(Fleet fleet, FleetClient client) throws IOException, SQLException {
        if (database.number("select count(*) from video_jobs") > 0) {
            throw new InvalidRequestException("--database", "The database has videos already; name an empty one.");
        }
        Map<String, String> undisturbed = new LinkedHashMap<>();
        for (String schedule : SCHEDULES) {
            String id = client.submit(body(schedule), "undisturbed-" + schedule);
            undisturbed.put(schedule, client.sha256(client.awaitEnd(id)));
        }
        Map<String, String> asked = new LinkedHashMap<>();
        for (int i = 0; i < videos; i++) {
            String schedule = SCHEDULES.get(i % SCHEDULES.size());
            asked.put(client.submit(body(schedule), "video-" + i), schedule);
        }
        long start = System.nanoTime();
        Map<Fault, Integer> faults = disturb(fleet, start);
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, String> video : asked.entrySet()) {
            JsonNode end = client.awaitEnd(video.getKey());
            if (!end.path("status").asText().equals("completed")) {
                wrong.add(video.getKey() + " " + end.path("error"));
            } else if (!client.sha256(end).equals(undisturbed.get(video.getValue()))) {
                wrong.add(video.getKey() + " has other bytes");
            }
            BenchCommand.progress(video.getKey() + " is checked");
        }
        return new Result(
                Instant.now(),
                videos,
                (System.nanoTime() - start) / 6e10,
                faults,
                database.number("select coalesce(sum(lost_attempts), 0) from video_jobs"),
                resumed(fleet),
                wrong,
                left(asked.size() + undisturbed.size()));
    }

    private static Map<String, Object> body(String schedule) {
        return Map.of(
                "prompt", "a red seven moves left fast", "num_inference_steps", STEPS, "seed", 5, "schedule", schedule);
    }

    /** Until all videos are final, or the time is over. */
    private Map<Fault, Integer> disturb(Fleet fleet, long start) throws IOException, SQLException {
        Random random = new Random(seed);
        Map<Fault, Integer> done = new EnumMap<>(Fault.class);
        long end = start + TimeUnit.MINUTES.toNanos(minutes);
        while (System.nanoTime() < end && unfinished() > 0) {
            try {
                TimeUnit.MILLISECONDS.sleep(100 + random.nextInt(mostSeconds * 1000));
            } catch (InterruptedException e) {
                throw Fleet.interrupted(e);
            }
            Fault fault = pick(random);
            List<String> busy = busy(fleet);
            if (busy.isEmpty() || (fault == Fault.KILL_WORKER && mostLost() >= LOST_THAT_MAY_BE)) {
                continue;
            }
            String victim = busy.get(random.nextInt(busy.size()));
            done.merge(fault, 1, Integer::sum);
            BenchCommand.progress(done + ", " + unfinished() + " videos to go");
            apply(fault, fleet, victim);
        }
        return done;
    }

    private void apply(Fault fault, Fleet fleet, String victim) throws IOException {
        switch (fault) {
            case KILL_WORKER -> {
                fleet.kill(victim);
                fleet.startWorker(victim);
            }
            case KILL_API -> {
                fleet.kill(Fleet.API);
                fleet.startApi();
            }
            case CUT_CONNECTIONS -> {
                try {
                    database.number("select count(pg_terminate_backend(pid)) from pg_stat_activity"
                            + " where datname = current_database() and pid <> pg_backend_pid()");
                } catch (SQLException e) {
                    throw new IOException("the connections could not be cut: " + e.getMessage(), e);
                }
            }
            case RESTART_DATABASE -> shell(String.valueOf(restart));
        }
    }

    private Fault pick(Random random) {
        int drawn = random.nextInt(10);
        if (drawn < 7) {
            return Fault.KILL_WORKER;
        }
        if (drawn == 7) {
            return Fault.KILL_API;
        }
        return drawn == 8 || restart == null ? Fault.CUT_CONNECTIONS : Fault.RESTART_DATABASE;
    }

    private void shell(String command) throws IOException {
        try {
            int code = new ProcessBuilder("sh", "-c", command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("restart.log").toFile())
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IOException(
                        "'" + command + "' ended with " + code + "; see " + folder.resolve("restart.log"));
            }
        } catch (InterruptedException e) {
            throw Fleet.interrupted(e);
        }
    }

    /** Workers that are making a video. */
    private List<String> busy(Fleet fleet) throws SQLException {
        return fleet.named(
                database
                        .texts("select picked_by from scheduled_tasks where picked and task_name like 'video%'")
                        .stream()
                        .map(machineAndProcess -> machineAndProcess.replaceFirst(".* ", ""))
                        .map(Long::valueOf)
                        .toList());
    }

    private static String worker(int index) {
        return "worker-" + (index + 1);
    }

    private long unfinished() throws SQLException {
        return database.number("select count(*) from video_jobs where status in ('QUEUED', 'IN_PROGRESS')");
    }

    private long mostLost() throws SQLException {
        return database.number(
                "select coalesce(max(lost_attempts + case when status = 'IN_PROGRESS' then 1 else 0 end), 0)"
                        + " from video_jobs where status in ('QUEUED', 'IN_PROGRESS')");
    }

    private static long resumed(Fleet fleet) throws IOException {
        long resumed = 0;
        for (int i = 0; i < WORKERS; i++) {
            try (Stream<String> lines = Files.lines(fleet.log(worker(i)))) {
                resumed += lines.filter(line -> line.contains(" goes on from step "))
                        .count();
            }
        }
        return resumed;
    }

    private List<String> left(int asked) throws IOException, SQLException {
        List<String> left = new ArrayList<>();
        long rows = database.number("select count(*) from video_jobs");
        if (rows != asked) {
            left.add(rows + " videos, " + asked + " were asked for");
        }
        long tasks = database.number("select count(*) from scheduled_tasks where task_name like 'video%'");
        if (tasks > 0) {
            left.add(tasks + " tasks");
        }
        try (Stream<Path> files = Files.walk(folder.resolve("videos"))) {
            files.filter(file ->
                            file.toString().contains(".part") || file.toString().contains(".checkpoints/"))
                    .forEach(file -> left.add(file.toString()));
        }
        return left;
    }

    private static String table(Result result) {
        Table table = new Table("fault", "times");
        result.faults()
                .forEach((fault, times) ->
                        table.add(fault.name().toLowerCase(Locale.ROOT).replace('_', ' '), Integer.toString(times)));
        return table.text()
                + String.format(
                        Locale.ROOT,
                        "%d videos in %.1f minutes, %d attempts lost, %d times on from a checkpoint%n"
                                + "not completed or with other bytes: %s%nleft over: %s%n",
                        result.videos(),
                        result.minutes(),
                        result.lost(),
                        result.resumed(),
                        result.wrong().isEmpty() ? "none" : result.wrong(),
                        result.left().isEmpty() ? "nothing" : result.left());
    }
}
