package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.flowblend.calibration.PairState;
import io.flowblend.learning.LearningNeed.Work;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class LearningNeedTest {
    private static LearningNeed need(PairState state, int twins, int audits, double learned) {
        return new LearningNeed(state, Work.NONE, twins, audits, 90, learned, 0.1);
    }

    @Test
    void pairThatIsNotAdaptiveNeedsTwinRuns() {
        for (PairState state : PairState.values()) {
            Work expected = state == PairState.ADAPTIVE ? Work.AUDIT : Work.TWINS;
            assertEquals(expected, need(state, 1, 1, 0).work(), state.name());
        }
    }

    @Test
    void nothingIsDoneWithoutAVideoToLearnFrom() {
        assertEquals(Work.NONE, need(PairState.COLD, 0, 3, 0).work());
        assertEquals(Work.NONE, need(PairState.ADAPTIVE, 3, 0, 0).work());
    }

    @Test
    void learningTakesNoMoreThanItsShareOfAllCompute() {
        assertEquals(Work.TWINS, need(PairState.LEARNING, 1, 0, 9.99).work());
        assertEquals(Work.NONE, need(PairState.LEARNING, 1, 0, 10).work());
        assertEquals(Work.NONE, new LearningNeed(PairState.COLD, Work.NONE, 1, 1, 100, 0, 0).work());
        assertEquals(Work.TWINS, new LearningNeed(PairState.COLD, Work.NONE, 1, 1, 1, 1000, 1).work());
    }

    @Test
    void whatIsUnderWayIsFinishedFirstEvenInAnotherState() {
        assertEquals(Work.TWINS, new LearningNeed(PairState.ADAPTIVE, Work.TWINS, 0, 1, 90, 1, 0.1).work());
        assertEquals(Work.NONE, new LearningNeed(PairState.ADAPTIVE, Work.TWINS, 0, 1, 90, 50, 0.1).work());
    }

    @Test
    void twinRunsComeBeforeAuditsAndTheMostNeglectedPairFirst() {
        LearningNeed audited = need(PairState.ADAPTIVE, 5, 5, 0);
        LearningNeed learning = need(PairState.LEARNING, 5, 5, 4);
        LearningNeed cold = need(PairState.COLD, 5, 0, 2);
        LearningNeed idle = need(PairState.COLD, 0, 0, 0);
        assertEquals(OptionalInt.of(2), LearningNeed.next(List.of(audited, learning, cold, idle)));
        assertEquals(OptionalInt.of(1), LearningNeed.next(List.of(idle, audited)));
        assertEquals(OptionalInt.empty(), LearningNeed.next(List.of(idle)));
        assertEquals(OptionalInt.empty(), LearningNeed.next(List.of()));
    }
}
