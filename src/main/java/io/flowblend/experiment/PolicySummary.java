package io.flowblend.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Means over the prompts and what follows from them.
 *
 * @param rows one for each policy and setting, in the order they were run
 * @param matched rivals at the compute of the adaptive policy
 */
public record PolicySummary(
        Environment environment, PolicyBenchmark.Setup setup, int prompts, List<Row> rows, List<Matched> matched) {

    /**
     * Means of one policy at one setting.
     *
     * @param deviationError standard error of the mean deviation
     * @param kept share of the prompts that ended within what was promised; null without a promise
     * @param psnr, ssim, adherence null where no frames were made
     * @param adherenceOneDigit the same over the prompts with one digit
     */
    public record Row(
            String policy,
            String setting,
            double compute,
            double tflops,
            double seconds,
            double deviation,
            double deviationError,
            @Nullable Double kept,
            @Nullable Double psnr,
            @Nullable Double ssim,
            @Nullable Double adherence,
            @Nullable Double adherenceOneDigit) {}

    /**
     * One family of policies at the compute of the adaptive policy, between its settings by shares of requests.
     *
     * @param family a rule at all its settings; {@code pattern} is the front of the 128
     * @param compute of the adaptive policy
     * @param adaptive its deviation
     * @param deviation of the family there; null where the family is not as cheap
     * @param computeForSame compute that the family needs for the adaptive policy's deviation; null where it cannot
     */
    public record Matched(
            String quality,
            String family,
            double compute,
            double adaptive,
            @Nullable Double deviation,
            @Nullable Double computeForSame) {}

    static PolicySummary of(Environment environment, PolicyBenchmark.Setup setup, List<PromptRuns> prompts) {
        Map<String, List<PolicyRun>> groups = new LinkedHashMap<>();
        Map<String, List<PolicyRun>> oneDigit = new LinkedHashMap<>();
        for (PromptRuns prompt : prompts) {
            for (PolicyRun run : prompt.runs()) {
                String key = run.policy() + " " + run.setting();
                groups.computeIfAbsent(key, k -> new ArrayList<>()).add(run);
                if (prompt.digits() == 1) {
                    oneDigit.computeIfAbsent(key, k -> new ArrayList<>()).add(run);
                }
            }
        }
        List<Row> rows = groups.entrySet().stream()
                .map(group -> row(group.getValue(), oneDigit.getOrDefault(group.getKey(), List.of())))
                .toList();
        return new PolicySummary(environment, setup, prompts.size(), rows, matched(rows));
    }

    private static Row row(List<PolicyRun> runs, List<PolicyRun> oneDigit) {
        PolicyRun first = runs.get(0);
        double deviation = mean(runs, PolicyRun::deviation);
        double squares = mean(runs, run -> (run.deviation() - deviation) * (run.deviation() - deviation));
        return new Row(
                first.policy(),
                first.setting(),
                mean(runs, PolicyRun::compute),
                mean(runs, PolicyRun::tflops),
                mean(runs, PolicyRun::seconds),
                deviation,
                Math.sqrt(squares / Math.max(1, runs.size() - 1)),
                optionalMean(
                        runs, run -> run.promised() == null ? null : run.deviation() <= run.promised() ? 1.0 : 0.0),
                optionalMean(runs, PolicyRun::psnr),
                optionalMean(runs, PolicyRun::ssim),
                optionalMean(runs, PolicySummary::adherence),
                optionalMean(oneDigit, PolicySummary::adherence));
    }

    private static @Nullable Double adherence(PolicyRun run) {
        Boolean adheres = run.adheres();
        return adheres == null ? null : adheres ? 1.0 : 0.0;
    }

    private static double mean(List<PolicyRun> runs, ToDoubleFunction<PolicyRun> figure) {
        return runs.stream().mapToDouble(figure).average().orElse(Double.NaN);
    }

    private static @Nullable Double optionalMean(List<PolicyRun> runs, Function<PolicyRun, @Nullable Double> figure) {
        double[] values = runs.stream()
                .map(figure)
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .toArray();
        return values.length == 0
                ? null
                : (Double) Arrays.stream(values).average().orElse(0);
    }

    private static List<Matched> matched(List<Row> rows) {
        List<Matched> matched = new ArrayList<>();
        List<Row> ours = new ArrayList<>(rows(rows, Contestants.ADAPTIVE));
        ours.addAll(rows(rows, Contestants.ADAPTIVE_MODELS));
        // LARGE throughout is everybody's, and says nothing against anybody.
        ours.removeIf(row -> row.deviation() == 0);
        for (Row adaptive : ours) {
            for (String family : families(rows)) {
                if (family.equals(adaptive.policy())) {
                    continue;
                }
                Front front = front(rows, family);
                matched.add(new Matched(
                        (adaptive.policy().substring(Contestants.ADAPTIVE.length()) + " " + adaptive.setting()).trim(),
                        family,
                        adaptive.compute(),
                        adaptive.deviation(),
                        number(front.deviationAt(adaptive.compute())),
                        number(front.computeAt(adaptive.deviation()))));
            }
        }
        return matched;
    }

    private static List<String> families(List<Row> rows) {
        return rows.stream()
                .map(Row::policy)
                .distinct()
                .filter(family -> !List.of("LLL", "SSS", Contestants.ADAPTIVE, Contestants.PROFILE)
                        .contains(family))
                .toList();
    }

    /** What a family reaches at all its settings together; LARGE and SMALL alone are anybody's. */
    static Front front(List<Row> rows, String family) {
        List<Front.Point> points = new ArrayList<>();
        for (Row row : rows) {
            if (List.of(family, "LLL", "SSS").contains(row.policy())) {
                points.add(point(row));
            }
        }
        return Front.of(points);
    }

    static List<Row> rows(List<Row> rows, String policy) {
        return rows.stream().filter(row -> row.policy().equals(policy)).toList();
    }

    private static Front.Point point(Row row) {
        return new Front.Point(row.compute(), row.deviation());
    }

    private static @Nullable Double number(double value) {
        return Double.isNaN(value) ? null : (Double) value;
    }
}
