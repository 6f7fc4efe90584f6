package io.flowblend.learning;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A file; it is made with its first line. */
public final class FileMeasurementLog implements MeasurementLog {
    private final Path file;

    public FileMeasurementLog(Path file) {
        this.file = file;
    }

    @Override
    public String name() {
        return file.toString();
    }

    /** A last line that was not written to its end is cut off. */
    @Override
    public List<String> lines() {
        try {
            String text = Files.readString(file);
            String whole = text.substring(0, text.lastIndexOf('\n') + 1);
            if (whole.length() < text.length()) {
                Files.write(file, whole.getBytes(StandardCharsets.UTF_8));
            }
            return whole.lines().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new InvalidFileException(name(), "cannot be read");
        }
    }

    @Override
    public void add(String line) {
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written to", e);
        }
    }
}
