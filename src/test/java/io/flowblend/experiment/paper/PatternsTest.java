package io.flowblend.experiment.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Schedule;
import io.flowblend.experiment.paper.Patterns.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatternsTest {
    private static final StoredProfile LTX = new StoredProfile(0.375, 0.125);

    @Test
    void areAllThatThereAre() {
        assertEquals(List.of("SS", "SL", "LS", "LL"), Patterns.all(2));
        assertEquals(256, Patterns.all(8).stream().distinct().count());
    }

    @Test
    void fillStepsAsSchedulesOfEightSegmentsDo() {
        for (String pattern : Patterns.all(8)) {
            for (int steps : new int[] {3, 8, 20, 50}) {
                assertEquals(Schedule.parse(pattern, steps, LTX).letters(), Patterns.letters(pattern, steps), pattern);
            }
        }
    }

    @Test
    void areMarkedByWhatTheyAreBesideTheStoredSchedule() {
        assertEquals(Kind.LSL, Patterns.kind("LLLSSSSL", LTX));
        assertEquals(Kind.SHIFTED, Patterns.kind("LLSSSSLL", LTX));
        assertEquals(Kind.SHIFTED, Patterns.kind("LLLLSSSS", LTX));
        assertEquals(Kind.EXPANDED, Patterns.kind("LLLSSSLL", LTX));
        assertEquals(Kind.EXPANDED, Patterns.kind("LLLLSSSL", LTX));
        assertEquals(Kind.REDUCED, Patterns.kind("LLLSSSSS", LTX));
        assertEquals(Kind.REDUCED, Patterns.kind("LLSSSSSL", LTX));
        assertEquals(Kind.LXX, Patterns.kind("LSLSLSLS", LTX));
        assertEquals(Kind.SXX, Patterns.kind("SLLLLLLL", LTX));
        assertEquals(Kind.LLL, Patterns.kind("LLLLLLLL", LTX));
        assertEquals(Kind.SSS, Patterns.kind("SSSSSSSS", LTX));
    }
}
