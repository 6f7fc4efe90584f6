package io.flowblend.calibration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.evidence.EvidenceJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The switching study of the pair {@code digits}: for 16 held-out prompts, the divergence along the LARGE run and the
 * measured deviation of some fifty schedules of 40 steps.
 *
 * @param sigmas 41 noise levels
 * @param relativeL2 by step and prompt
 * @param measured deviation by prompt, by schedule with one letter a step
 */
public record Study(double[] sigmas, double[][] relativeL2, Map<String, double[]> measured) {
    private static final Map<String, int[]> NAMED = Map.of(
            "SSS", new int[] {0, 0},
            "LSS40", new int[] {16, 0},
            "LSL40_20", new int[] {16, 8},
            "LSL375_125", new int[] {15, 5},
            "LSL25_10", new int[] {10, 4},
            "LSL50_20", new int[] {20, 8},
            "LSL_12_12", new int[] {5, 5});

    /** What was learned from it about LARGE and SMALL; budgets are taken to reach as far as they say. */
    public static Calibration calibration() {
        InputStream in = Objects.requireNonNull(Study.class.getResourceAsStream("/study/calibration.json"));
        return EvidenceJson.read("calibration.json", in).shipped().orElseThrow();
    }

    /** The same where 95 % of the requests stay below {@code ratio} times their budget. */
    public static Calibration reaching(double ratio) {
        Calibration d = calibration();
        return new Calibration(
                d.pair(),
                d.fingerprint(),
                d.origin(),
                d.curve(),
                d.sensitivity(),
                d.reuseSensitivity(),
                d.response(),
                d.reuseResponse(),
                d.range(),
                d.ceiling(),
                Reach.times(ratio),
                d.tightening(),
                d.storedProfile());
    }

    public static Study digits() {
        JsonNode root;
        try (InputStream in = Objects.requireNonNull(Study.class.getResourceAsStream("/study/digits.json"))) {
            root = new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, double[]> measured = new LinkedHashMap<>();
        for (int eighth = 0; eighth < 8; eighth++) {
            String letters = "L".repeat(5 * eighth) + "S".repeat(5) + "L".repeat(35 - 5 * eighth);
            measured.put(letters, numbers(root.get("single").get(eighth)));
        }
        root.get("pattern").properties().forEach(entry -> {
            StringBuilder letters = new StringBuilder();
            entry.getKey()
                    .chars()
                    .forEach(letter ->
                            letters.append(String.valueOf((char) letter).repeat(5)));
            measured.put(letters.toString(), numbers(entry.getValue()));
        });
        NAMED.forEach((name, stages) -> measured.put(
                "L".repeat(stages[0]) + "S".repeat(40 - stages[0] - stages[1]) + "L".repeat(stages[1]),
                numbers(root.get("named").get(name).get("dev"))));
        JsonNode rows = root.get("relL2");
        double[][] relativeL2 = new double[rows.size()][];
        for (int step = 0; step < relativeL2.length; step++) {
            relativeL2[step] = numbers(rows.get(step));
        }
        return new Study(numbers(root.get("sigmas")), relativeL2, measured);
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).doubleValue();
        }
        return numbers;
    }
}
