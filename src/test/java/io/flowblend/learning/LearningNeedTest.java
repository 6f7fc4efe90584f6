package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.flowblend.learning.LearningNeed.Work;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class LearningNeedTest {
    private static LearningNeed need(int twins, int audits, double learned) {
        return new LearningNeed(Work.NONE, twins, audits, 90, learned, 0.1);
    }

    @Test
    void lessonsComeBeforeAudits() {
        assertEquals(Work.SAMPLE, need(1, 1, 0).work());
        assertEquals(Work.AUDIT, need(0, 1, 0).work());
        assertEquals(Work.NONE, need(0, 0, 0).work());
    }

    @Test
    void learningTakesNoMoreThanItsShareOfAllCompute() {
        assertEquals(Work.SAMPLE, need(1, 0, 9.99).work());
        assertEquals(Work.NONE, need(1, 0, 10).work());
        assertEquals(Work.NONE, new LearningNeed(Work.NONE, 1, 1, 100, 0, 0).work());
        assertEquals(Work.SAMPLE, new LearningNeed(Work.NONE, 1, 1, 1, 1000, 1).work());
    }

    @Test
    void whatIsUnderWayIsFinishedFirst() {
        assertEquals(Work.SAMPLE, new LearningNeed(Work.SAMPLE, 0, 1, 90, 1, 0.1).work());
        assertEquals(Work.NONE, new LearningNeed(Work.SAMPLE, 0, 1, 90, 50, 0.1).work());
    }

    @Test
    void lessonsComeBeforeAuditsOfOtherPairsAndTheMostNeglectedPairFirst() {
        LearningNeed audited = need(0, 5, 0);
        LearningNeed learning = need(5, 5, 4);
        LearningNeed cold = need(5, 0, 2);
        LearningNeed idle = need(0, 0, 0);
        assertEquals(OptionalInt.of(2), LearningNeed.next(List.of(audited, learning, cold, idle)));
        assertEquals(OptionalInt.of(1), LearningNeed.next(List.of(idle, audited)));
        assertEquals(OptionalInt.empty(), LearningNeed.next(List.of(idle)));
        assertEquals(OptionalInt.empty(), LearningNeed.next(List.of()));
    }
}
