package io.flowblend.jobs;

import io.flowblend.jobs.VideoJobs.Artifact;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A service in a process of its own that comes to a chosen point and waits there to be killed. */
final class DoomedProcess {
    private static final String READY = "ready ";

    private DoomedProcess() {}

    /** Where the process is killed. */
    enum Point {
        IN_A_STEP,
        BETWEEN_TWO_FILES
    }

    /**
     * Starts the process, lets it queue two videos, kills it at {@code point} of the first and returns the two ids.
     */
    static String[] runAndKill(Path folder, Point point) throws IOException, InterruptedException {
        DatabaseFile.choose(folder);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path", ""),
                        DoomedProcess.class.getName(),
                        folder.toString(),
                        point.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(READY)) {
                    return line.substring(READY.length()).split(" ", -1);
                }
            }
            throw new AssertionError("the process ended before it was killed");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Service service = Service.open(Path.of(arguments[0]));
        CountDownLatch there = new CountDownLatch(1);
        if (Point.valueOf(arguments[1]) == Point.BETWEEN_TWO_FILES) {
            service.encoders.put(Artifact.THUMBNAIL, (frames, fps, metadata, target) -> waitForDeath(there));
        } else {
            service.pipeline.hold();
        }
        VideoJob first = service.submit("first");
        if (Point.valueOf(arguments[1]) == Point.BETWEEN_TWO_FILES) {
            there.await();
        } else {
            service.pipeline.awaitReached(1);
        }
        VideoJob second = service.submit("second");
        System.out.println(READY + first.id() + " " + second.id());
        Thread.sleep(60_000);
    }

    private static void waitForDeath(CountDownLatch there) throws IOException {
        there.countDown();
        try {
            Thread.sleep(60_000);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
