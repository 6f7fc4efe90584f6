package io.flowblend.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Results of a long benchmark, a JSON line each below one that holds its setup, so that a run that was cut off goes on
 * where it was.
 */
public final class ResultLog<T> {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final List<T> results = new ArrayList<>();

    private ResultLog(Path file) {
        this.file = file;
    }

    /**
     * Begins the file, or takes up what it holds; a last line that was cut off is dropped.
     *
     * @param setup all that the results depend on
     * @throws InvalidFileException if the file belongs to another setup or is none of these
     */
    public static <T> ResultLog<T> open(Path file, Object setup, Class<T> type) {
        ResultLog<T> log = new ResultLog<>(file);
        try {
            String head = JSON.writeValueAsString(setup);
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            if (!lines.isEmpty() && !lines.get(0).equals(head)) {
                throw new InvalidFileException(
                        file.toString(), "holds results of another setup (" + lines.get(0) + "); name another file");
            }
            List<String> kept = new ArrayList<>(List.of(head));
            for (int i = 1; i < lines.size(); i++) {
                try {
                    log.results.add(JSON.readValue(lines.get(i), type));
                    kept.add(lines.get(i));
                } catch (JsonProcessingException e) {
                    if (i < lines.size() - 1) {
                        throw new InvalidFileException(file.toString(), "line " + (i + 1) + " is not readable");
                    }
                }
            }
            Files.write(file, kept);
            return log;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is there so far, in the order it came. */
    public List<T> results() {
        return List.copyOf(results);
    }

    /** Adds a result, on disk before this returns. */
    public void add(T result) {
        try {
            Files.writeString(
                    file, JSON.writeValueAsString(result) + System.lineSeparator(), StandardOpenOption.APPEND);
            results.add(result);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
