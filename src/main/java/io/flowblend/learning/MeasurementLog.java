package io.flowblend.learning;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** What a calibration has measured so far, a line of JSON for each lesson, so that a killed one goes on where it was. */
final class MeasurementLog {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final Path file;

    MeasurementLog(Path file) {
        this.file = file;
    }

    void append(MeasuredRequest measured) {
        try {
            Files.writeString(
                    file,
                    JSON.writeValueAsString(measured) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * All that is there; a last line that was not written to its end is cut off.
     *
     * @throws InvalidFileException naming the line that is not a measurement
     */
    List<MeasuredRequest> read() throws IOException {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        if (whole.length() < text.length()) {
            Files.write(file, whole.getBytes(StandardCharsets.UTF_8));
        }
        List<MeasuredRequest> measured = new ArrayList<>();
        for (String line : whole.lines().toList()) {
            try {
                measured.add(JSON.readValue(line, MeasuredRequest.class));
            } catch (JacksonException e) {
                throw new InvalidFileException(
                        file.toString(), "line " + (measured.size() + 1) + " is not a measurement of a calibration");
            }
        }
        return measured;
    }
}
