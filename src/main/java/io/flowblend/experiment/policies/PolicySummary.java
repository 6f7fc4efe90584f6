package io.flowblend.experiment.policies;

import io.flowblend.experiment.Environment;
import io.flowblend.experiment.Front;
import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.Statistics.Kept;
import io.flowblend.experiment.Statistics.Mean;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Figures over the prompts and what follows from them. All means have their 95 % interval over the prompts.
 *
 * @param fitted what the rivals were fitted to
 * @param rows one for each policy and setting, in the order they were run
 * @param matched rivals at the compute of the adaptive policy
 */
public record PolicySummary(
        Environment environment,
        PolicyBenchmark.Setup setup,
        int prompts,
        Fitted fitted,
        List<Row> rows,
        List<Matched> matched) {
    /** The adaptive policies are named by this and their tuning profile. */
    static final String ADAPTIVE = "adaptive, ";

    /** All rivals together. */
    static final String RIVALS = "all rivals";

    /** Those of them that are plain patterns of LARGE and SMALL. */
    static final String PLAIN = "plain L/S patterns";

    /**
     * One policy at one setting.
     *
     * @param deviation95 95 % quantile of the deviation
     * @param kept null without a promise above 0
     * @param smallShare share of the steps that are S
     * @param probeShare share of the steps that are P
     * @param fellBack prompts on which the policy did not decide by what was learned
     * @param typical letters of the prompt with the median compute
     */
    public record Row(
            String policy,
            String setting,
            Mean compute,
            Mean deviation,
            double deviation95,
            Mean psnr,
            Mean ssim,
            Mean adherence,
            Mean adherenceOneDigit,
            @Nullable Double promised,
            @Nullable Kept kept,
            double smallShare,
            double probeShare,
            int fellBack,
            String typical) {
        boolean isAdaptive() {
            return policy.startsWith(ADAPTIVE);
        }
    }

    /**
     * One family of rivals beside one adaptive row. A family is read off between its settings, on straight lines between
     * those that no other setting beats.
     *
     * @param ours deviation of the adaptive policy
     * @param theirs of the family at the same compute; null where the family is not as cheap
     * @param computeForSame compute that the family needs for the same mean deviation; null where it cannot
     * @param computeForPromise compute at which 95 % of the family's videos deviate by no more than was promised, chosen
     *     in hindsight; null without a promise or where it cannot
     */
    public record Matched(
            String policy,
            String setting,
            String family,
            double compute,
            double ours,
            @Nullable Double theirs,
            @Nullable Double computeForSame,
            @Nullable Double computeForPromise) {}

    static PolicySummary of(
            Environment environment, PolicyBenchmark.Setup setup, int prompts, Fitted fitted, List<PromptRuns> done) {
        Map<String, List<PolicyRun>> groups = new LinkedHashMap<>();
        Map<String, List<PolicyRun>> oneDigit = new LinkedHashMap<>();
        for (PromptRuns prompt : done) {
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
        return new PolicySummary(environment, setup, prompts, fitted, rows, matched(rows));
    }

    private static Row row(List<PolicyRun> runs, List<PolicyRun> oneDigit) {
        PolicyRun first = runs.get(0);
        List<PolicyRun> promised = runs.stream()
                .filter(run -> run.promised() != null && run.promised() > 0)
                .toList();
        List<PolicyRun> byCompute = runs.stream()
                .sorted(Comparator.comparingDouble(PolicyRun::compute))
                .toList();
        return new Row(
                first.policy(),
                first.setting(),
                mean(runs, PolicyRun::compute),
                mean(runs, PolicyRun::deviation),
                Statistics.quantile95(
                        runs.stream().mapToDouble(PolicyRun::deviation).toArray()),
                mean(runs, PolicyRun::psnr),
                mean(runs, PolicyRun::ssim),
                mean(runs, run -> run.adheres() ? 1 : 0),
                mean(oneDigit, run -> run.adheres() ? 1 : 0),
                promised.isEmpty()
                        ? null
                        : (Double) mean(promised, PolicySummary::promise).mean(),
                promised.isEmpty()
                        ? null
                        : Kept.of(promised.stream()
                                .map(run -> run.deviation() / promise(run))
                                .toList()),
                mean(runs, run -> run.share('S')).mean(),
                mean(runs, run -> run.share('P')).mean(),
                (int) runs.stream().filter(run -> !run.fallback().isEmpty()).count(),
                byCompute.get((byCompute.size() - 1) / 2).letters());
    }

    private static double promise(PolicyRun run) {
        Double promised = run.promised();
        return promised == null ? Double.NaN : promised;
    }

    private static Mean mean(List<PolicyRun> runs, ToDoubleFunction<PolicyRun> figure) {
        return Mean.of(runs.stream().mapToDouble(figure).toArray());
    }

    private static List<Matched> matched(List<Row> rows) {
        List<Matched> matched = new ArrayList<>();
        // LARGE throughout is everybody's, and says nothing against anybody.
        for (Row ours : rows.stream()
                .filter(row -> row.isAdaptive() && row.deviation().mean() > 0)
                .toList()) {
            for (String family : families(rows)) {
                Front front = front(rows, family, row -> row.deviation().mean());
                Front worst = front(rows, family, Row::deviation95);
                Double promised = ours.promised();
                matched.add(new Matched(
                        ours.policy(),
                        ours.setting(),
                        family,
                        ours.compute().mean(),
                        ours.deviation().mean(),
                        number(front.deviationAt(ours.compute().mean())),
                        number(front.computeAt(ours.deviation().mean())),
                        promised == null ? null : number(worst.computeAt(promised))));
            }
        }
        return matched;
    }

    private static List<String> families(List<Row> rows) {
        List<String> families = new ArrayList<>(List.of(RIVALS, PLAIN));
        rows.stream()
                .filter(row -> !row.isAdaptive() && !isAlone(row))
                .map(Row::policy)
                .distinct()
                .forEach(families::add);
        return families;
    }

    private static boolean isAlone(Row row) {
        return row.policy().equals(Contestants.LARGE) || row.policy().equals(Contestants.SMALL);
    }

    /** What a family reaches at all its settings together; LARGE and SMALL alone are anybody's. */
    static Front front(List<Row> rows, String family, ToDoubleFunction<Row> deviation) {
        Predicate<Row> member =
                switch (family) {
                    case RIVALS -> row -> !row.isAdaptive();
                    case PLAIN -> row -> Contestants.PLAIN.contains(row.policy());
                    default -> row -> row.policy().equals(family);
                };
        return Front.of(rows.stream()
                .filter(row -> member.test(row) || isAlone(row))
                .map(row -> new Front.Point(row.compute().mean(), deviation.applyAsDouble(row)))
                .toList());
    }

    static List<Row> rows(List<Row> rows, String policy) {
        return rows.stream().filter(row -> row.policy().equals(policy)).toList();
    }

    private static @Nullable Double number(double value) {
        return Double.isNaN(value) ? null : (Double) value;
    }
}
