package io.flowblend.experiment;

import io.flowblend.tensor.NativeRuntime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Where figures were measured.
 *
 * @param cpu the processor's own name
 * @param cores logical cores that the process may use
 * @param threads threads of one libtorch operation of the thread that asks, once it has made a video
 * @param libtorch version
 * @param java version
 * @param commit of the working folder, {@code unknown} outside a checkout
 * @param time when the benchmark ended, UTC
 */
public record Environment(
        String cpu, int cores, int threads, String libtorch, String java, String commit, Instant time) {

    public static Environment here() {
        return new Environment(
                cpuName(),
                Runtime.getRuntime().availableProcessors(),
                NativeRuntime.threads(),
                NativeRuntime.version(),
                System.getProperty("java.runtime.version", "unknown"),
                commitName(),
                Instant.now());
    }

    private static String cpuName() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static String commitName() {
        try {
            Process git = new ProcessBuilder("git", "describe", "--always", "--dirty")
                    .redirectErrorStream(true)
                    .start();
            String name = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor(5, TimeUnit.SECONDS) && git.exitValue() == 0 ? name : "unknown";
        } catch (IOException e) {
            return "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }
}
