package io.flowblend.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.QualityScale;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.StoredProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** What holds in every state of a pair, at every number of steps, fallbacks included. */
class PolicyPropertiesTest {
    private static PolicyRequest request(PairState state, boolean known, double stored, int steps, double quality) {
        return Calibrations.request(
                state,
                known ? Optional.of(Calibrations.calibration(1.5)) : Optional.empty(),
                new StoredProfile(0.25, 0.25, OptionalDouble.of(stored), 1, ""),
                steps,
                quality);
    }

    @Property(tries = 300)
    void qualityOneIsLargeAlone(
            @ForAll PairState state,
            @ForAll boolean known,
            @ForAll @DoubleRange(min = 0.01, max = 1) double stored,
            @ForAll @IntRange(min = 1, max = 60) int steps) {
        Policies.Expected expected = new Policies().expected(request(state, known, stored, steps, 1));
        assertEquals("L".repeat(steps), expected.letters());
        assertEquals(Optional.of(Promise.EXACT), expected.promise());
    }

    @Property(tries = 200)
    void promisesNoMoreDeviationThanTheQualityAllows(
            @ForAll PairState state,
            @ForAll boolean known,
            @ForAll @DoubleRange(min = 0.01, max = 1) double stored,
            @ForAll @IntRange(min = 1, max = 60) int steps,
            @ForAll @DoubleRange(min = 0, max = 0.99) double quality) {
        Policies.Expected expected = new Policies().expected(request(state, known, stored, steps, quality));
        Promise promise = expected.promise().orElseThrow();
        assertTrue(promise.deviation() <= QualityScale.deviation(quality) + 1e-12, promise.toString());
        boolean onlyLarge = expected.decisions().stream()
                .allMatch(decision -> decision.move().isLarge());
        assertTrue(promise.deviation() > 0 || onlyLarge, expected.letters());
        PolicyInvariants.check(request(state, known, stored, steps, quality), expected.decisions());
    }

    @Property(tries = 100)
    void aScheduleIsReadBackFromItsLetters(@ForAll @IntRange(min = 1, max = 60) int steps) {
        Schedule schedule = Schedule.parse("LSL", steps, new StoredProfile(0.2, 0.1));
        assertEquals(schedule, Schedule.ofLetters(schedule.letters()));
        assertEquals(schedule, Schedule.parse(schedule.letters(), steps, new StoredProfile(0, 0)));
        assertTrue(steps != 1 || schedule.isLarge());
        assertTrue(
                steps < 3
                        || (schedule.move(0).isLarge()
                                && schedule.move(steps - 1).isLarge()),
                schedule.letters());
    }

    @Property(tries = 60)
    void theStatedComparisonDecides(@ForAll @DoubleRange(min = 0.1, max = 0.9) double quality) {
        List<Decision> decisions = new Policies()
                .expected(request(PairState.ADAPTIVE, true, 1, 40, quality))
                .decisions();
        for (Decision decision : decisions) {
            decision.comparison()
                    .ifPresent(compared -> assertEquals(
                            decision.letter() == compared.letter(), compared.allows(), decision.toString()));
        }
        assertTrue(decisions.stream().anyMatch(decision -> decision.comparison().isPresent()));
    }

    @Property(tries = 60)
    void largeMakesTheFirstStepOfItsOtherExpert(
            @ForAll @DoubleRange(min = 0.1, max = 0.9) double quality, @ForAll @IntRange(min = 5, max = 35) int other) {
        PolicyRequest one = request(PairState.ADAPTIVE, true, 1, 40, quality);
        PolicyRequest two = new PolicyRequest(
                one.policy(),
                one.schedule(),
                one.sigmas(),
                one.goal(),
                one.limits(),
                one.knowledge(),
                one.costs(),
                one.turn(),
                one.explores(),
                OptionalInt.of(other));
        Decision decision = new Policies().expected(two).decisions().get(other);
        assertTrue(decision.move().isLarge(), decision.toString());
        assertEquals(Reason.OTHER_EXPERT, decision.reason());
    }

    @Property(tries = 40)
    void aRunThatIsDecidedAgainFromItsReadingsIsTheSameRun(
            @ForAll @DoubleRange(min = 0.1, max = 0.9) double quality,
            @ForAll @DoubleRange(min = 0.01, max = 0.8) double residual) {
        PolicyRequest request = request(PairState.ADAPTIVE, true, 1, 40, quality);
        RequestControl control = new Policies().create(request);
        List<Reading> readings = new ArrayList<>();
        for (int index = 0; index < request.steps(); index++) {
            Step step = request.step(index);
            Decision decision = control.decide(step);
            Reading reading = new Reading(
                    step, decision, Optional.empty(), read(request, step, decision, residual), Optional.empty());
            control.observe(reading);
            readings.add(reading);
        }
        List<Decision> made = readings.stream().map(Reading::decision).toList();
        Policies.Expected again = new Policies().replayed(request, readings);
        assertEquals(made, again.decisions());
        assertEquals(control.predictedDeviation(), again.predictedDeviation());
        List<Reading> silent = readings.stream()
                .map(line -> Reading.of(line.step(), line.decision()))
                .toList();
        assertEquals(new Policies().expected(request), new Policies().replayed(request, silent));
    }

    /** Every step that LARGE makes shows what reuse would have been off by, a probe SMALL too. */
    private static List<AnchorReading> read(PolicyRequest request, Step step, Decision decision, double residual) {
        List<AnchorReading> read = new ArrayList<>();
        for (Source source : List.of(Source.REUSED, Source.SMALL)) {
            if (step.index() > 0 && decision.move().isLarge() && decision.move().renews(source.anchor())) {
                double anchor = request.sigmas()[step.index() - 1];
                read.add(new AnchorReading(source, step.sigma(), anchor, residual * residual, 0, 0, 0, 0, 0));
            }
        }
        return read;
    }
}
