package io.flowblend.learning;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.flowblend.file.InvalidFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a calibration has measured so far, a line of JSON in its notebook for each lesson and each trial. */
final class Measurements {
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    /** What only the line of a trial has. */
    private static final String TRIED = "tried";

    private final MeasurementLog notebook;
    private final Map<Integer, MeasuredRequest> lessons = new TreeMap<>();
    private final List<Trial> trials = new ArrayList<>();

    /** @throws InvalidFileException naming the line that is not a measurement */
    Measurements(MeasurementLog notebook) {
        this.notebook = notebook;
        int number = 0;
        for (String line : notebook.lines()) {
            number++;
            try {
                read(JSON.readTree(line));
            } catch (JsonProcessingException e) {
                throw new InvalidFileException(
                        notebook.name(), "line " + number + " is not a measurement of a calibration");
            }
        }
    }

    private void read(JsonNode line) throws JsonProcessingException {
        if (line.has(TRIED)) {
            trials.add(JSON.treeToValue(line, Trial.class));
        } else {
            MeasuredRequest lesson = JSON.treeToValue(line, MeasuredRequest.class);
            lessons.put(lesson.lesson(), lesson);
        }
    }

    void add(MeasuredRequest lesson) {
        write(lesson);
        lessons.put(lesson.lesson(), lesson);
    }

    void add(Trial trial) {
        write(trial);
        trials.add(trial);
    }

    private void write(Object measured) {
        try {
            notebook.add(JSON.writeValueAsString(measured));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a measurement cannot be written as JSON", e);
        }
    }

    /** In the order of the plan. */
    List<MeasuredRequest> lessons() {
        return List.copyOf(lessons.values());
    }

    boolean hasLesson(int number) {
        return lessons.containsKey(number);
    }

    /** In the order in which they were made, those of earlier fits among them. */
    List<Trial> trials() {
        return List.copyOf(trials);
    }
}
