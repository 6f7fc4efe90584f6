package io.flowblend.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.control.Fallback;
import io.flowblend.control.Move;
import io.flowblend.control.Reading;
import io.flowblend.control.Reason;
import io.flowblend.control.RoundedReadings;
import io.flowblend.control.Schedule;
import io.flowblend.control.StaticPolicy;
import io.flowblend.control.Step;
import io.flowblend.control.SwitchPolicy;
import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.model.wan.WanTransformer;
import io.flowblend.sampling.Guidance;
import io.flowblend.sampling.NonFiniteVelocityException;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepRecord;
import io.flowblend.sampling.UniPcSolver;
import io.flowblend.tensor.SeededNoise;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built-in models, also with LARGE in the place of SMALL, and with one that gives NaN. */
@SuppressWarnings("NullAway.Init")
class ReplayTest {
    private static final int STEPS = 8;
    private static final Set<Source> ALL = EnumSet.allOf(Source.class);

    private static VelocityModel large;
    private static VelocityModel small;
    private static VelocityModel broken;

    @BeforeAll
    static void load(@TempDir Path folder) {
        Path pair = BuiltInPair.unpack(folder);
        large = WanTransformer.load(pair.resolve("large"));
        small = WanTransformer.load(pair.resolve("small"));
        broken = new Nonsense(small);
    }

    @AfterAll
    static void close() {
        large.close();
        small.close();
    }

    /** The pair as the pipeline lends it: a scope and a spec of its own at each call. */
    private record Lent(VelocityModel large, VelocityModel small, double guidance) implements PairLock {
        @Override
        @SuppressWarnings("try") // the scope is there for what its closing frees
        public boolean enter(BooleanSupplier giveWay, Work work) {
            try (TensorScope job = TensorScope.open();
                    Guidance text = text()) {
                return work.sample(spec(text), giveWay);
            }
        }

        Guidance text() {
            return Guidance.of(SeededNoise.tensor(5, 1, 32, 64), SeededNoise.tensor(6, 1, 32, 64), guidance, true);
        }

        SamplingSpec spec(Guidance text) {
            UniPcSolver solver = new UniPcSolver(2);
            Tensor noise = SeededNoise.tensor(4, 1, PairCopies.latents().channels(), 2, 4, 4);
            return SamplingSpec.fromNoise(large, small, text, solver.schedule(STEPS, 3), solver, noise)
                    .tracking(ALL);
        }
    }

    private static Lent pair() {
        return new Lent(large, small, 3);
    }

    private static Branch branch(String letters) {
        return Branch.scheduled(letters, StaticPolicy.of(Schedule.ofLetters(letters), Reason.SCHEDULE));
    }

    /** SMALL corrected, and what is reused extrapolated. */
    private static Branch corrected(String letters) {
        return Branch.scheduled("corrected " + letters, correctedPolicy(letters));
    }

    private static StaticPolicy correctedPolicy(String letters) {
        return StaticPolicy.of(Schedule.ofLetters(letters).moves().stream()
                .map(move -> Decision.of(move, Reason.SCHEDULE))
                .map(plain -> plain.move().isLarge() ? plain : plain.predicting(0.9, 0.5))
                .toList());
    }

    private static Replay.Result replay(PairLock lock, boolean probed, Branch... branches) {
        try (Replay replay = new Replay(lock, List.of(branches), probed, Replay.Ends.NONE)) {
            assertTrue(replay.advance(() -> false));
            assertEquals(1, replay.fractionDone());
            return replay.result();
        }
    }

    /** What a run by itself ends with, against LARGE alone by itself. */
    private static double alone(SwitchPolicy policy) {
        Lent lent = pair();
        double[] deviation = new double[1];
        lent.enter(() -> false, (spec, giveWay) -> {
            try (SamplingRun reference =
                            new SamplingRun(spec, StaticPolicy.of(Schedule.all(Move.LARGE, STEPS), Reason.SCHEDULE));
                    SamplingRun run = new SamplingRun(spec, policy)) {
                reference.finish();
                run.finish();
                deviation[0] = DivergenceMeter.measure(
                                reference.state().x(), run.state().x())
                        .relativeL2();
            }
            return true;
        });
        return deviation[0];
    }

    @Test
    void aBranchWithoutCheapStepsDoesNotDeviate() {
        Replay.Result result = replay(pair(), false, branch("LLLLLLLL"), branch("LPLLPLLL"));
        result.outcomes().forEach(outcome -> assertEquals(OptionalDouble.of(0), outcome.deviation()));
        assertEquals(1, result.outcomes().get(0).cost(), 1e-12);
        assertTrue(result.outcomes().get(1).cost() > 1);
    }

    @Test
    void everyBranchEndsWhereItEndsByItself() {
        List<String> all = List.of("LLLSSSLL", "LLPSSPSL", "LPLLSSLS", "SSSSSSSS", "LLLRLRGL");
        for (boolean probed : new boolean[] {false, true}) {
            List<Branch> branches = new ArrayList<>();
            all.forEach(letters -> branches.add(branch(letters)));
            all.forEach(letters -> branches.add(corrected(letters)));
            List<Replay.Outcome> together =
                    replay(pair(), probed, branches.toArray(Branch[]::new)).outcomes();
            for (int i = 0; i < all.size(); i++) {
                String letters = all.get(i);
                assertEquals(letters, together.get(i).letters());
                assertEquals(
                        alone(StaticPolicy.of(Schedule.ofLetters(letters), Reason.SCHEDULE)),
                        together.get(i).deviation().orElseThrow(),
                        letters);
                assertEquals(
                        alone(correctedPolicy(letters)),
                        together.get(i + all.size()).deviation().orElseThrow(),
                        "corrected " + letters);
            }
        }
    }

    @Test
    void stepsThatBranchesShareAreMadeOnce() {
        double alone = replay(pair(), false).flops();
        double step = alone / STEPS;
        double two =
                replay(pair(), false, branch("LLLLSSLL"), branch("LLLLSSSL")).flops();
        double c = replay(pair(), false, branch("SSSSSSSS")).flops() / alone - 1;
        // SS once, then L L by one and S L by the other
        assertEquals(alone + (3 * c + 3) * step, two, 1e-9 * alone);
        assertEquals(alone * (1 + c), replay(pair(), true, branch("LLLLLLLL")).flops(), 1e-9 * alone);
    }

    @Test
    void aSmallThatIsTheLargeEndsInTheSameLatents() {
        Lent same = new Lent(large, large, 3);
        Replay.Result result = replay(same, true, branch("SSSSSSSS"), branch("LSSLSLSS"), corrected("LPSSPSSL"));
        result.outcomes()
                .forEach(outcome -> assertEquals(0, outcome.deviation().orElseThrow(), 1e-6, outcome.branch()));
        assertEquals(STEPS, result.large().size());
        result.large()
                .forEach(line -> assertEquals(0, line.divergence().orElseThrow().l2()));
    }

    @Test
    void leftAfterEveryStepItEndsInTheSameNumbers() throws InterruptedException {
        Branch[] branches = {
            branch("LLSSLLLL"),
            corrected("LLPSSPSL"),
            branch("SSSSSSSS"),
            branch("LLLRLRLG"),
            Branch.deciding("alternating", spec -> new Alternating(), 0.6)
        };
        Replay.Result whole = replay(pair(), true, branches);
        try (Replay replay = new Replay(pair(), List.of(branches), true, Replay.Ends.NONE)) {
            double before = 0;
            boolean done = false;
            while (!done) {
                AtomicBoolean answer = new AtomicBoolean();
                Thread another = new Thread(() -> answer.set(replay.advance(() -> true)));
                another.start();
                another.join();
                done = answer.get();
                assertTrue(replay.fractionDone() >= before);
                before = replay.fractionDone();
            }
            assertEquals(1, before);
            assertEquals(whole.outcomes(), replay.result().outcomes());
            assertEquals(
                    whole.large().stream().map(StepRecord::reading).toList(),
                    replay.result().large().stream().map(StepRecord::reading).toList());
            assertEquals(whole.flops(), replay.result().flops());
        }
    }

    /** L and S in turn, by what it has seen; keeps that. */
    private static final class Alternating implements SwitchPolicy {
        private final List<Reading> seen = new ArrayList<>();

        @Override
        public Decision decide(Step step) {
            boolean probe = seen.size() == 2;
            boolean cheap = seen.size() > 2
                    && seen.get(seen.size() - 1).decision().move().isLarge();
            return probe
                    ? Decision.probe(Reason.PROBE_EXPLORING)
                    : cheap
                            ? Decision.of(Move.of(Source.SMALL), Reason.PLAN).predicting(0.8, 0)
                            : Decision.large(Reason.PLAN);
        }

        @Override
        public void observe(Reading reading) {
            seen.add(reading);
        }
    }

    @Test
    void aDecidingPolicySeesWhatItSeesByItself() {
        Alternating alone = new Alternating();
        double deviation = alone(alone);
        for (boolean probed : new boolean[] {false, true}) {
            Alternating within = new Alternating();
            Replay.Result result =
                    replay(pair(), probed, corrected("LPSSPSSL"), Branch.deciding("alternating", spec -> within, 0.7));
            assertEquals("LLPSLSLS", result.outcomes().get(1).letters());
            assertEquals(deviation, result.outcomes().get(1).deviation().orElseThrow());
            assertEquals(RoundedReadings.of(alone.seen), RoundedReadings.of(within.seen));
        }
    }

    @Test
    void aProbeWithAnotherAnchorThanTheSharedOneIsReadByItsOwn() {
        List<Reading> seen = new ArrayList<>();
        SwitchPolicy late = new SwitchPolicy() {
            private final StaticPolicy letters = StaticPolicy.of(Schedule.ofLetters("PLLPLLPL"), Reason.SCHEDULE);

            @Override
            public Decision decide(Step step) {
                return letters.decide(step);
            }

            @Override
            public void observe(Reading reading) {
                seen.add(reading);
            }
        };
        Replay.Result result = replay(pair(), true, Branch.deciding("late", spec -> late, 1));
        RunReadings readings = result.readings().orElseThrow();
        assertSame(readings.reading(Source.SMALL, 6, 3, 0), small(seen.get(6)));
        assertSame(readings.reading(Source.SMALL, 3, 0, -1), small(seen.get(3)));
        assertTrue(seen.get(4).divergence().isEmpty());
        assertTrue(seen.get(4).sources().stream().noneMatch(reading -> reading.source() == Source.SMALL));
    }

    private static AnchorReading small(Reading reading) {
        return reading.sources().stream()
                .filter(found -> found.source() == Source.SMALL)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void productsOfTheLargeRunGiveTheReadingsThatWereMeasured() {
        Replay.Result result = replay(pair(), true);
        RunReadings readings = result.readings().orElseThrow();
        for (StepRecord line : result.large()) {
            int step = line.step().index();
            assertEquals(step == 0 ? 1 : 3, line.sources().size());
            for (AnchorReading measured : line.sources()) {
                if (measured.hasAnchor()) {
                    assertSame(measured, readings.reading(measured.source(), step, step - 1, step - 2));
                }
            }
        }
        // A schedule with its probes three steps apart measures what the products say.
        Lent lent = pair();
        lent.enter(() -> false, (spec, giveWay) -> {
            try (SamplingRun run =
                    new SamplingRun(spec, StaticPolicy.of(Schedule.ofLetters("LPLLPLLP"), Reason.SCHEDULE))) {
                List<StepRecord> steps = run.finish().steps();
                assertSame(small(steps.get(7).reading()), readings.reading(Source.SMALL, 7, 4, 1));
                assertSame(small(steps.get(4).reading()), readings.reading(Source.SMALL, 4, 1, -1));
            }
            return true;
        });
        assertThrows(IllegalArgumentException.class, () -> readings.reading(Source.LARGE, 3, 2, 1));
    }

    private static void assertSame(AnchorReading expected, AnchorReading actual) {
        assertEquals(expected.source(), actual.source());
        assertEquals(expected.sigma(), actual.sigma());
        assertEquals(expected.anchorSigma(), actual.anchorSigma());
        assertEquals(expected.ww(), actual.ww(), 1e-5);
        assertEquals(expected.wa(), actual.wa(), 1e-5);
        assertEquals(expected.ws(), actual.ws(), 1e-5);
        assertEquals(expected.aa(), actual.aa(), 1e-5);
        assertEquals(expected.as(), actual.as(), 1e-5);
        assertEquals(expected.ss(), actual.ss(), 1e-5);
    }

    @Test
    void withoutProbesThereAreNoProducts() {
        Replay.Result result = replay(pair(), false, branch("LLLLLLLS"));
        assertTrue(result.readings().isEmpty());
        assertEquals(STEPS, result.large().size());
        assertFalse(result.large().get(3).sources().isEmpty());
    }

    @Test
    void aSmallThatFailsLeavesNoDeviation() {
        Lent lent = new Lent(large, broken, 3);
        Replay.Result result = replay(lent, true, branch("LLLLLLLS"), branch("LLLLLLLL"), branch("LLPLLLLL"));
        assertTrue(result.large().stream().allMatch(line -> line.divergence().isEmpty()));
        assertEquals(OptionalDouble.empty(), result.outcomes().get(0).deviation());
        assertEquals("LLLLLLLL", result.outcomes().get(0).letters());
        assertEquals(OptionalDouble.of(0), result.outcomes().get(1).deviation());
        assertEquals(OptionalDouble.empty(), result.outcomes().get(2).deviation());
        assertFalse(result.readings().orElseThrow().sources().contains(Source.SMALL));
    }

    @Test
    void aPolicyThatFallsBackHasNoDeviation() {
        Fallback fallback = new Fallback(Fallback.Cause.DRIFT, 6, Fallback.Target.LARGE);
        SwitchPolicy policy = new SwitchPolicy() {
            @Override
            public Decision decide(Step step) {
                Decision decision = step.index() == 4
                        ? Decision.of(Move.of(Source.SMALL), Reason.PLAN)
                        : Decision.large(Reason.PLAN);
                return step.index() < 6 ? decision : decision.under(fallback);
            }

            @Override
            public void observe(Reading reading) {}
        };
        Replay.Result result = replay(pair(), false, Branch.deciding("falls back", spec -> policy, 1));
        assertEquals(OptionalDouble.empty(), result.outcomes().get(0).deviation());
    }

    @Test
    void theEndOfEveryRunIsShownOnce() {
        Map<String, float[]> ends = new HashMap<>();
        Set<String> twice = new HashSet<>();
        try (Replay replay =
                new Replay(pair(), List.of(branch("LLLLLLLL"), branch("LLSSLLLL")), false, (name, latents) -> {
                    if (ends.put(name, TensorData.toFloats(latents)) != null) {
                        twice.add(name);
                    }
                })) {
            replay.advance(() -> false);
        }
        assertEquals(Set.of(Replay.LARGE, "LLLLLLLL", "LLSSLLLL"), ends.keySet());
        assertEquals(Set.of(), twice);
    }

    @Test
    void aLargeThatFailsEndsItAndNothingIsHeld() {
        long before = Pointer.totalCount();
        try (Replay replay =
                new Replay(new Lent(broken, small, 3), List.of(branch("LLLLLLLS")), true, Replay.Ends.NONE)) {
            assertThrows(NonFiniteVelocityException.class, () -> replay.advance(() -> false));
        }
        assertEquals(before, Pointer.totalCount());
    }

    @Test
    void nothingIsHeldAfterIt() {
        Branch[] branches = {corrected("LLPSSPSL"), branch("LLLRLGGL"), corrected("PPLLSSPS")};
        replay(pair(), true, branches);
        long before = Pointer.totalCount();
        replay(pair(), true, branches);
        for (int stop = 1; stop < 12; stop += 3) {
            int[] left = {stop};
            try (Replay replay = new Replay(pair(), List.of(branches), true, Replay.Ends.NONE)) {
                assertFalse(replay.advance(() -> --left[0] == 0));
            }
        }
        assertEquals(before, Pointer.totalCount());
    }

    @Test
    void branchesOfOneNameAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Replay(pair(), List.of(branch("LLLLLLLS"), branch("LLLLLLLS")), false, Replay.Ends.NONE));
    }
}
