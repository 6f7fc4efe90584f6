package io.flowblend.cli;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;

/**
 * Processes of this program that serve together on one PostgreSQL database: an API process and workers. They are children of this
 * process and are stopped when it ends.
 */
final class Fleet implements AutoCloseable {
    static final String API = "api";

    private static final Duration START = Duration.ofMinutes(10);
    private static final int OK = 200;
    private static final long PATIENCE_SECONDS = 60;

    private final Settings settings;
    private final Map<String, Process> processes = new ConcurrentSkipListMap<>();

    /**
     * @param folder for data, videos and the logs of the processes
     * @param port of the API
     * @param environment of every process besides what makes it a part of the fleet
     */
    record Settings(Path folder, FleetDatabase database, int port, Map<String, String> environment) {}

    Fleet(Settings settings) throws IOException {
        this.settings = settings;
        Files.createDirectories(settings.folder());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> processes.values().forEach(Process::destroy)));
    }

    /** Starts the process that answers requests, and waits until it does. */
    void startApi() throws IOException {
        Process api = start(API, "api");
        HttpClient client = HttpClient.newHttpClient();
        HttpRequest health = HttpRequest.newBuilder(address().resolve("/health"))
                .timeout(Duration.ofSeconds(5))
                .build();
        long end = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < end) {
            if (!api.isAlive()) {
                throw new IOException("the API did not start; " + log(API) + " says why");
            }
            try {
                if (client.send(health, BodyHandlers.discarding()).statusCode() == OK) {
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(200);
            } catch (IOException e) {
                pause();
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
        throw new IOException("the API was not ready within " + START.toMinutes() + " minutes; see " + log(API));
    }

    /** Starts a process that makes videos. */
    void startWorker(String name) throws IOException {
        Process unused = start(name, "worker");
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + settings.port());
    }

    Path log(String name) {
        return settings.folder().resolve(name + ".log");
    }

    /** Names of the processes that have ended by themselves. */
    List<String> ended() {
        return processes.entrySet().stream()
                .filter(entry -> !entry.getValue().isAlive())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Names of those of these processes that belong to the fleet. */
    List<String> named(List<Long> processIds) {
        return processes.entrySet().stream()
                .filter(entry -> processIds.contains(entry.getValue().pid()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** SIGKILL. */
    void kill(String name) throws IOException {
        Process process = processes.remove(name);
        if (process != null) {
            try {
                process.destroyForcibly().waitFor();
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    private Process start(String name, String role) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(program());
        Map<String, String> environment = builder.environment();
        environment.putAll(settings.environment());
        environment.put("FLOWBLEND_ROLE", role);
        environment.put("FLOWBLEND_DATA_DIRECTORY", settings.folder().toString());
        environment.put("FLOWBLEND_DATABASE_URL", settings.database().url());
        environment.put("FLOWBLEND_DATABASE_USERNAME", settings.database().username());
        environment.put("FLOWBLEND_DATABASE_PASSWORD", settings.database().password());
        environment.put("QUARKUS_HTTP_PORT", Integer.toString(settings.port()));
        environment.put("QUARKUS_MANAGEMENT_PORT", Integer.toString(freePort()));
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()))
                .start();
        processes.put(name, process);
        return process;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The command that this program was started with, without its arguments. */
    private static List<String> program() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        String classPath = System.getProperty("java.class.path", "");
        if (classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator)) {
            command.addAll(List.of("-jar", classPath));
        } else {
            String main = System.getProperty("sun.java.command", "").split(" ", 2)[0];
            command.addAll(List.of("-cp", classPath, main));
        }
        return command;
    }

    /** Stops all in good order: workers put their videos back. */
    @Override
    public void close() throws IOException {
        processes.values().forEach(Process::destroy);
        for (Process process : processes.values()) {
            try {
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
        processes.clear();
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(200);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    static IOException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted", cause);
    }
}
