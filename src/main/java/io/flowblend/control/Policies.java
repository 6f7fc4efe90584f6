package io.flowblend.control;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.QualityScale;
import io.flowblend.control.plan.PlanInput;
import io.flowblend.control.plan.RequestDifficulty;
import io.flowblend.control.plan.StepErrors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.BiFunction;

/**
 * Makes the policy of a request. Remembers the prices that it found, since most requests of a pair are planned alike. Safe to
 * use from several threads.
 */
public final class Policies {
    private static final int BISECTIONS = 9;
    /** Longer runs are LARGE's, or the stored profile's: planning them anew before each step would take minutes. */
    private static final int MOST_PLANNED_STEPS = 250;

    private static final int REMEMBERED = 64;

    /** Errors beyond this many ceilings make no difference. */
    private static final double MOST_CEILINGS = 20;

    private final Map<Key, Setting> settings = new LinkedHashMap<>(REMEMBERED, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Setting> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** All that a setting depends on. */
    private record Key(
            Calibration calibration,
            List<Double> sigmas,
            PolicyRequest.Goal goal,
            ControlLimits limits,
            MoveCosts costs) {}

    /** @throws IllegalArgumentException saying what was expected, if policy or schedule cannot be done */
    public RequestControl create(PolicyRequest request) {
        return switch (request.policy()) {
            case "adaptive" -> adaptive(request);
            case "static" -> scheduled(request, request.schedule());
            case "large" -> scheduled(request, "LLL");
            case "small" -> scheduled(request, "SSS");
            default -> throw new IllegalArgumentException(
                    "policy must be adaptive, static, large or small, not '" + request.policy() + "'");
        };
    }

    private RequestControl scheduled(PolicyRequest request, String text) {
        Schedule schedule =
                Schedule.parse(text, request.steps(), request.knowledge().stored());
        Optional<StepErrors> errors = errors(request);
        return fixed(request, StaticPolicy.of(schedule, Reason.SCHEDULE, errors), errors);
    }

    /** Decisions that were made before, whatever the steps show. */
    public RequestControl fixed(PolicyRequest request, StaticPolicy policy) {
        return fixed(request, policy, errors(request));
    }

    private static Optional<StepErrors> errors(PolicyRequest request) {
        return usable(request).map(known -> new StepErrors(known, request.sigmas()));
    }

    private static RequestControl fixed(PolicyRequest request, StaticPolicy policy, Optional<StepErrors> errors) {
        Optional<Promise> promise = policy.schedule().isLarge() ? Optional.of(Promise.EXACT) : Optional.empty();
        return new RequestControl(shown(request, policy), promise, errors, RequestDifficulty.TYPICAL);
    }

    private static SwitchPolicy shown(PolicyRequest request, SwitchPolicy policy) {
        return request.limits().shadow() ? new ShadowPolicy(policy) : policy;
    }

    private RequestControl adaptive(PolicyRequest request) {
        if (request.goal().quality() >= 1) {
            return scheduled(request, "LLL");
        }
        Optional<Fallback.Cause> distrust = distrust(request);
        if (distrust.isPresent()) {
            return fallenBack(request, distrust.get());
        }
        return decided(request, setting(request));
    }

    private static RequestControl decided(PolicyRequest request, Setting setting) {
        AdaptivePolicy policy = setting.policy(request);
        return new RequestControl(
                shown(request, policy),
                Optional.of(setting.promise()),
                Optional.of(setting.input().errors()),
                difficulty(request, policy));
    }

    /** A schedule that was fixed beforehand is judged by what was predicted then. */
    private static RequestDifficulty difficulty(PolicyRequest request, AdaptivePolicy policy) {
        return request.goal().isCost() ? RequestDifficulty.TYPICAL : policy.difficulty();
    }

    private Setting setting(PolicyRequest request) {
        Key key = new Key(
                usable(request).orElseThrow(),
                Arrays.stream(request.sigmas()).boxed().toList(),
                request.goal(),
                request.limits(),
                request.costs());
        synchronized (settings) {
            Setting known = settings.get(key);
            if (known == null) {
                known = request.goal().isCost() ? ofCost(request) : ofQuality(request);
                settings.put(key, known);
            }
            return known;
        }
    }

    /** The stored profile where it is known to keep the quality; else LARGE, with probes from which the pair is learned. */
    private RequestControl fallenBack(PolicyRequest request, Fallback.Cause cause) {
        double promised = QualityScale.deviation(request.goal().quality());
        boolean stored =
                !request.goal().isCost() && request.knowledge().stored().fits(promised, request.steps());
        Fallback fallback = new Fallback(cause, 0, stored ? Fallback.Target.STORED_PROFILE : Fallback.Target.LARGE);
        SwitchPolicy policy = stored
                ? StaticPolicy.of(
                                Schedule.parse(
                                        "LSL",
                                        request.steps(),
                                        request.knowledge().stored()),
                                Reason.FALLBACK)
                        .under(fallback)
                : new LearningPolicy(probes(request), request.turn(), fallback);
        Promise promise = stored
                ? new Promise(
                        request.knowledge().stored().deviation().orElseThrow(),
                        request.limits().coverage(),
                        0,
                        true)
                : Promise.EXACT;
        return new RequestControl(
                shown(request, policy),
                Optional.of(promise),
                Optional.empty(),
                RequestDifficulty.TYPICAL,
                Optional.of(fallback));
    }

    /** A pair that is known, but not for runs of so few steps, has probes only in requests that explore. */
    private static double probes(PolicyRequest request) {
        double one = request.explores() ? 1.0 / request.steps() : 0;
        return request.knowledge().state() == PairState.ADAPTIVE
                ? one
                : request.limits().learningProbes();
    }

    /** Why the calibration cannot decide this run, if it cannot. */
    private static Optional<Fallback.Cause> distrust(PolicyRequest request) {
        Optional<Calibration> calibration = request.knowledge().calibration();
        if (calibration.isPresent() && usable(request).isEmpty()) {
            return Optional.of(Fallback.Cause.STALE_FINGERPRINT);
        }
        if (calibration.isEmpty() || request.knowledge().state() == PairState.COLD) {
            return Optional.of(Fallback.Cause.NOT_CALIBRATED);
        }
        if (request.knowledge().state() == PairState.DRIFTED) {
            return Optional.of(Fallback.Cause.DRIFT);
        }
        if (request.steps() > MOST_PLANNED_STEPS) {
            return Optional.of(Fallback.Cause.TOO_MANY_STEPS);
        }
        boolean learning = request.knowledge().state() == PairState.LEARNING;
        return learning
                        || line(request, calibration.get(), offered(request, calibration.get()))
                                .isEmpty()
                ? Optional.of(Fallback.Cause.TOO_FEW_SAMPLES)
                : Optional.empty();
    }

    private static Optional<Calibration> usable(PolicyRequest request) {
        return request.knowledge()
                .calibration()
                .filter(known -> known.fits(request.knowledge().fingerprint()));
    }

    private static Map<Move, Double> offered(PolicyRequest request, Calibration calibration) {
        Map<Move, Double> offered = request.costs().offered(request.limits(), request.steps());
        offered.keySet()
                .removeIf(move ->
                        !move.isLarge() && calibration.source(move.source()).isEmpty());
        return offered;
    }

    private static Optional<PromiseCurve.Line> line(
            PolicyRequest request, Calibration calibration, Map<Move, Double> offered) {
        PromiseCurve promises = calibration.promises();
        double coverage = request.limits().coverage();
        String mix = MoveCosts.mix(offered.keySet());
        Optional<PromiseCurve.Line> line = promises.line(request.steps(), mix(mix, request), coverage);
        return line.isPresent()
                ? line
                : promises.line(request.steps(), mix, coverage).map(PromiseCurve.Line::asProvisional);
    }

    /** Runs whose schedule was fixed beforehand, for a speedup, are promised by runs of their own kind. */
    private static String mix(String sources, PolicyRequest request) {
        return request.goal().isCost() ? sources + PromiseCurve.FIXED : sources;
    }

    /** What an adaptive policy decides by. */
    private record Setting(PlanInput input, double price, Promise promise) {
        AdaptivePolicy policy(PolicyRequest request) {
            OptionalLong exploring = request.explores() ? OptionalLong.of(request.turn()) : OptionalLong.empty();
            return new AdaptivePolicy(
                    input, request.limits(), price, exploring, replans(request), request.otherExpert());
        }
    }

    /** A promise on time is a promise on the schedule: what the request shows does not change it. */
    private static boolean replans(PolicyRequest request) {
        return !request.goal().isCost();
    }

    private static Setting ofQuality(PolicyRequest request) {
        return ofQuality(request, OptionalDouble.empty());
    }

    /** @param guess at the price, where there is one */
    private static Setting ofQuality(PolicyRequest request, OptionalDouble guess) {
        Calibration calibration = usable(request).orElseThrow();
        Map<Move, Double> offered = offered(request, calibration);
        PromiseCurve.Line line = line(request, calibration, offered).orElseThrow();
        double promised = QualityScale.deviation(request.goal().quality());
        PlanInput input = input(request, calibration, offered, line.prediction(promised));
        double price = AdaptivePolicy.typicalPrice(input, request.limits(), guess.orElse(input.budget()));
        return new Setting(input, price, promise(request, line, promised));
    }

    private static Promise promise(PolicyRequest request, PromiseCurve.Line line, double deviation) {
        return new Promise(deviation, request.limits().coverage(), line.samples(), line.isProvisional());
    }

    /** With an error budget that is predicted to lead to a deviation. */
    static PlanInput input(
            PolicyRequest request, Calibration calibration, Map<Move, Double> offered, double predicted) {
        int steps = request.steps();
        double most = MOST_CEILINGS * calibration.ceiling();
        return new PlanInput(
                new StepErrors(calibration, request.sigmas()),
                offered,
                steps - request.limits().tailSteps(steps),
                request.limits().reuseSteps(steps),
                request.limits().stretchSteps(steps),
                request.limits().maxDivergence(),
                request.limits().uncertainty(),
                Math.max(1e-9, Math.min(most, calibration.errorFor(predicted))));
    }

    /** The least deviation whose typical run costs no more: the quality is bisected. What is tried on the way is not remembered. */
    private static Setting ofCost(PolicyRequest request) {
        double low = 0;
        double high = 1;
        OptionalDouble guess = OptionalDouble.empty();
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            PolicyRequest tried = request.withGoal(PolicyRequest.Goal.ofQuality(middle));
            Setting setting = ofQuality(tried, guess);
            guess = OptionalDouble.of(setting.price());
            if (expected(tried, decided(tried, setting)).cost()
                    <= request.goal().mostCost()) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return ofQuality(request.withGoal(PolicyRequest.Goal.ofQuality(low)));
    }

    /**
     * The adaptive policy as it would be if the request's calibration decided with a budget that is predicted to lead to a
     * deviation, whatever may be promised: for runs from which promises are learned. A request that names a speedup has its
     * schedule fixed beforehand.
     *
     * @param predicted deviation, above 0
     */
    public RequestControl trial(PolicyRequest request, double predicted) {
        Calibration calibration = request.knowledge().calibration().orElseThrow();
        PlanInput input = input(request, calibration, offered(request, calibration), predicted);
        AdaptivePolicy policy = new AdaptivePolicy(
                input,
                request.limits(),
                AdaptivePolicy.typicalPrice(input, request.limits()),
                OptionalLong.empty(),
                replans(request),
                request.otherExpert());
        return new RequestControl(policy, Optional.empty(), Optional.of(input.errors()), difficulty(request, policy));
    }

    /** The kind of promise that a request has; see {@link PromiseCurve.Sample}. */
    public String mix(PolicyRequest request) {
        return request.knowledge()
                .calibration()
                .map(calibration ->
                        mix(MoveCosts.mix(offered(request, calibration).keySet()), request))
                .orElse("");
    }

    /**
     * What a typical request comes to.
     *
     * @param decisions one a step
     * @param cost of the whole run in LARGE steps
     * @param promise empty where nothing is promised
     * @param predictedDeviation that the run leads to; empty if the pair has no usable calibration
     */
    public record Expected(
            List<Decision> decisions, double cost, Optional<Promise> promise, OptionalDouble predictedDeviation) {
        public Expected {
            decisions = List.copyOf(decisions);
        }

        /** One letter a step. */
        public String letters() {
            return Move.letters(decisions.stream().map(Decision::move).toList());
        }
    }

    /** The run of a request whose readings are all as usual. */
    public Expected expected(PolicyRequest request) {
        return expected(request, create(request));
    }

    /**
     * The run of a request whose readings are those of a run that was made before, as far as its own moves would have shown
     * them; elsewhere they are as usual.
     *
     * @param made by step; as many as the request has steps
     */
    public Expected replayed(PolicyRequest request, List<Reading> made) {
        return run(request, create(request), (index, move) -> shown(made.get(index), move));
    }

    private static List<AnchorReading> shown(Reading made, Move move) {
        return made.sources().stream()
                .filter(read -> move.isLarge() && move.renews(read.source().anchor()))
                .toList();
    }

    private static Expected expected(PolicyRequest request, RequestControl control) {
        return run(request, control, (index, move) -> List.of());
    }

    private static Expected run(
            PolicyRequest request, RequestControl control, BiFunction<Integer, Move, List<AnchorReading>> shown) {
        List<Decision> decisions = new ArrayList<>();
        for (int index = 0; index < request.steps(); index++) {
            Step step = request.step(index);
            Decision decision = control.decide(step);
            List<AnchorReading> read = shown.apply(index, decision.move());
            control.observe(new Reading(step, decision, Optional.empty(), read, Optional.empty()));
            decisions.add(decision);
        }
        double cost = decisions.stream()
                .mapToDouble(decision -> request.costs().of(decision.move()))
                .sum();
        return new Expected(decisions, cost, control.promise(), control.predictedDeviation());
    }
}
