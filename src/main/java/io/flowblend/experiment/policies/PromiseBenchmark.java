package io.flowblend.experiment.policies;

import io.flowblend.control.Promise;
import io.flowblend.control.RequestControl;
import io.flowblend.experiment.Environment;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.Judge;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.ResultLog;
import io.flowblend.experiment.SideBySide;
import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.Statistics.Kept;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.replay.Branch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether promises are kept, and how sharp they are: the true deviation of held-out requests against the promised one, by
 * quality, step count, guidance and number of digits in the prompt. Two digits are a kind of prompt that nothing was
 * learned from.
 */
public final class PromiseBenchmark {
    private PromiseBenchmark() {}

    /** What the results depend on. */
    public record Setup(
            String pair,
            String fingerprint,
            String profile,
            List<Double> qualities,
            List<Integer> steps,
            List<Double> guidances) {
        public Setup {
            qualities = List.copyOf(qualities);
            steps = List.copyOf(steps);
            guidances = List.copyOf(guidances);
        }
    }

    /**
     * One request.
     *
     * @param promised null where nothing was; 0 where LARGE alone makes it certain
     * @param provisional whether the promise stands on too few runs to be sure
     * @param fallback why the controller did not decide by what it learned; empty if it did
     * @param deviation relative L2 of its latents to those of LARGE alone
     * @param compute over LARGE alone, probes included
     */
    record Request(
            int digits,
            int steps,
            double guidance,
            double quality,
            @Nullable Double promised,
            boolean provisional,
            String fallback,
            double deviation,
            double compute) {
        boolean isPromised() {
            return promised != null && promised > 0;
        }
    }

    /** All requests of one held-out prompt. */
    record PromptRequests(int index, List<Request> requests) {}

    /**
     * Requests of one kind.
     *
     * @param exact how many of them were made by LARGE alone and promised no deviation at all
     * @param provisional how many promises were provisional
     * @param fellBack how many of them the controller did not decide by what it learned
     * @param kept of those that were promised a deviation above 0; null without any
     * @param promised mean promise of those; null without any
     * @param deviation mean over all
     * @param deviation95 95 % quantile of the deviation
     * @param compute mean over all
     */
    public record Row(
            double quality,
            int steps,
            double guidance,
            int digits,
            int requests,
            int exact,
            int provisional,
            int fellBack,
            @Nullable Kept kept,
            @Nullable Double promised,
            Statistics.Mean deviation,
            double deviation95,
            Statistics.Mean compute) {}

    /**
     * Figures of a run and where they come from.
     *
     * @param kept over all requests that were promised a deviation above 0; null without any
     */
    public record Result(Environment environment, Setup setup, int prompts, @Nullable Kept kept, List<Row> rows) {}

    /**
     * Runs the first {@code prompts} held-out prompts, or what of them the log does not hold yet.
     *
     * @param log where finished prompts are kept
     */
    public static Result run(MeasuredPair pair, Setup setup, int prompts, Path log, Consumer<String> progress) {
        Environment environment = Environment.here();
        ResultLog<PromptRequests> done = ResultLog.open(log, setup, PromptRequests.class);
        for (int index = done.results().size(); index < prompts; index++) {
            done.add(new PromptRequests(index, prompt(pair, setup, HeldOut.of(index))));
            progress.accept("prompt " + (index + 1) + " of " + prompts);
        }
        return result(environment, setup, done.results().subList(0, prompts));
    }

    private static List<Request> prompt(MeasuredPair pair, Setup setup, HeldOut held) {
        List<Request> all = new ArrayList<>();
        for (int steps : setup.steps()) {
            for (double guidance : setup.guidances()) {
                all.addAll(pair.opened()
                        .open(
                                pair.served()
                                        .resolve(MeasuredPair.options(held, steps)
                                                .withGuidance(guidance)),
                                request -> requests(request, setup, held.digits(), steps, guidance)));
            }
        }
        return all;
    }

    private static List<Request> requests(OpenRequest request, Setup setup, int digits, int steps, double guidance) {
        List<RequestControl> controls = setup.qualities().stream()
                .map(quality -> request.control(quality, setup.profile()))
                .toList();
        List<Branch> branches = new ArrayList<>();
        for (int i = 0; i < controls.size(); i++) {
            RequestControl control = controls.get(i);
            branches.add(Branch.deciding("q " + setup.qualities().get(i), spec -> control, 1));
        }
        try (Judge judge = Judge.ofLatents(request)) {
            SideBySide.Runs runs = SideBySide.run(request, branches, judge);
            List<Request> made = new ArrayList<>();
            for (int i = 0; i < controls.size(); i++) {
                RequestControl control = controls.get(i);
                SideBySide.Run run = runs.run(branches.get(i).name());
                made.add(new Request(
                        digits,
                        steps,
                        guidance,
                        setup.qualities().get(i),
                        control.promise().map(Promise::deviation).orElse(null),
                        control.promise().map(Promise::provisional).orElse(false),
                        control.fallsBack()
                                .map(fallback -> fallback.cause().name())
                                .orElse(""),
                        run.deviation(),
                        run.compute()));
            }
            return made;
        }
    }

    private static Result result(Environment environment, Setup setup, List<PromptRequests> prompts) {
        Map<List<Number>, List<Request>> groups = new LinkedHashMap<>();
        List<Request> all =
                prompts.stream().flatMap(prompt -> prompt.requests().stream()).toList();
        all.forEach(each -> groups.computeIfAbsent(
                        List.of(each.quality(), each.steps(), each.guidance(), each.digits()), k -> new ArrayList<>())
                .add(each));
        return new Result(
                environment,
                setup,
                prompts.size(),
                kept(all),
                groups.values().stream().map(PromiseBenchmark::row).toList());
    }

    private static Row row(List<Request> requests) {
        Request first = requests.get(0);
        List<Double> promises = requests.stream()
                .filter(Request::isPromised)
                .map(PromiseBenchmark::promise)
                .toList();
        List<Double> deviations = requests.stream().map(Request::deviation).toList();
        return new Row(
                first.quality(),
                first.steps(),
                first.guidance(),
                first.digits(),
                requests.size(),
                (int) requests.stream()
                        .filter(each -> each.promised() != null && !each.isPromised())
                        .count(),
                (int) requests.stream().filter(Request::provisional).count(),
                (int) requests.stream()
                        .filter(each -> !each.fallback().isEmpty())
                        .count(),
                kept(requests),
                promises.isEmpty()
                        ? null
                        : (Double) Statistics.Mean.of(promises).mean(),
                Statistics.Mean.of(deviations),
                Statistics.quantile95(
                        deviations.stream().mapToDouble(Double::doubleValue).toArray()),
                Statistics.Mean.of(requests.stream().map(Request::compute).toList()));
    }

    private static @Nullable Kept kept(List<Request> requests) {
        List<Double> ratios = requests.stream()
                .filter(Request::isPromised)
                .map(each -> each.deviation() / promise(each))
                .toList();
        return ratios.isEmpty() ? null : Kept.of(ratios);
    }

    private static double promise(Request request) {
        Double promised = request.promised();
        return promised == null ? Double.NaN : promised;
    }
}
