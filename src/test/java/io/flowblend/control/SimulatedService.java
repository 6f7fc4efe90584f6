package io.flowblend.control;

import io.flowblend.calibration.PairState;
import io.flowblend.evidence.Audit;
import io.flowblend.evidence.Conditions;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.evidence.RequestReadings;
import io.flowblend.evidence.TwinRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A service that serves one simulated pair, request by request, and learns from each as the real one does. */
final class SimulatedService {
    static final double[] SIGMAS = Requests.sigmas(40, 3);

    private final TuningProfile profile;
    private final LearningRules rules;
    private final Random random;
    private final double auditShare;
    private PairEvidence knowledge;
    private long clock;

    /** One served request. */
    record Served(PolicyRequest request, Runs.Run run, double deviation, double cost, Optional<Double> promised) {
        boolean kept() {
            return promised.map(promise -> deviation <= promise + 1e-9).orElse(true);
        }

        long count(char letter) {
            return run.letters().chars().filter(c -> c == letter).count();
        }
    }

    SimulatedService(PairEvidence knowledge, TuningProfile profile, long seed, double auditShare) {
        this.knowledge = knowledge;
        this.profile = profile;
        this.rules = profile.learning();
        this.random = new Random(seed);
        this.auditShare = auditShare;
    }

    PairEvidence knowledge() {
        return knowledge;
    }

    PairState state() {
        return knowledge.state(conditions());
    }

    private static Conditions conditions() {
        return new Conditions(4, 40, "unipc", 4096, 17, false);
    }

    Served serve(SimulatedPair pair, double quality) {
        return serve(pair, pair.prompt(random), quality);
    }

    Served serve(SimulatedPair pair, SimulatedPair.Prompt prompt, double quality) {
        PolicyRequest request = new PolicyRequest(
                "adaptive",
                "",
                SIGMAS,
                quality,
                profile,
                state(),
                Optional.of(knowledge.calibration(conditions())),
                knowledge.fingerprint(),
                Requests.STORED,
                Requests.SMALL_COST);
        RequestControl control = Policies.create(request);
        Runs.Run run = Runs.run(control, SIGMAS, step -> prompt.read(SIGMAS[step]));
        double deviation = prompt.deviation(run.letters(), SIGMAS);
        double cost = cost(run.letters());
        Optional<Double> promised = control.promisedDeviation().isPresent()
                ? Optional.of(control.promisedDeviation().getAsDouble())
                : Optional.empty();
        clock++;
        learn(prompt, run);
        double predicted = control.predictedDeviation().orElse(0);
        if (promised.isPresent() && promised.get() > 0 && predicted > 0 && random.nextDouble() < auditShare) {
            knowledge = knowledge.learned(new Audit(conditions(), promised.get(), predicted, deviation, clock), rules);
        }
        return new Served(request, run, deviation, cost, promised);
    }

    private void learn(SimulatedPair.Prompt prompt, Runs.Run run) {
        List<RequestReadings.Probe> probes = new ArrayList<>();
        for (int step = 0; step < SIGMAS.length - 1; step++) {
            boolean read = prompt.read(SIGMAS[step]).isFinite();
            if (read && run.decisions().get(step).probe()) {
                probes.add(new RequestReadings.Probe(SIGMAS[step], prompt.read(SIGMAS[step])));
            }
        }
        knowledge = knowledge.learned(
                new RequestReadings(
                        conditions(), 1, Arrays.stream(SIGMAS).boxed().toList(), probes, List.of(), clock),
                rules);
    }

    /** A twin run in idle time: SMALL in one eighth of a prompt's LARGE run. */
    void twin(SimulatedPair pair) {
        SimulatedPair.Prompt prompt = pair.prompt(random);
        int eighth = random.nextInt(8);
        String letters = "L".repeat(5 * eighth) + "S".repeat(5) + "L".repeat(35 - 5 * eighth);
        List<TwinRun.CheapStep> small = new ArrayList<>();
        for (int step = 5 * eighth; step < 5 * eighth + 5; step++) {
            small.add(new TwinRun.CheapStep(
                    false,
                    SIGMAS[step],
                    SIGMAS[step + 1],
                    prompt.read(SIGMAS[step]).relativeL2()));
        }
        knowledge =
                knowledge.learned(new TwinRun(conditions(), small, prompt.deviation(letters, SIGMAS), clock), rules);
    }

    static double cost(String letters) {
        return letters.chars()
                .mapToDouble(letter -> switch (letter) {
                    case 'S' -> Requests.SMALL_COST;
                    case 'P' -> 1 + Requests.SMALL_COST;
                    default -> 1;
                })
                .sum();
    }
}
