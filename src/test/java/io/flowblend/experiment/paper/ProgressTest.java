package io.flowblend.experiment.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final List<String> heard = new ArrayList<>();
    private long seconds;
    private final Progress progress = new Progress(heard::add, () -> seconds * 1_000_000_000L);

    @Test
    void goesByThePaceOfThisCallAndNotOfWhatWasThere() {
        seconds = 10;
        progress.made("sweep", 6, 10);
        seconds = 20;
        progress.made("sweep", 7, 10);
        assertEquals(List.of("sweep: 6 of 10, 40 s left", "sweep: 7 of 10, 30 s left"), heard);
    }

    @Test
    void startsAnewWithEachWork() {
        seconds = 100;
        progress.made("early", 1, 1);
        seconds = 103;
        progress.made("late", 1, 3);
        assertEquals("late: 1 of 3, 6 s left", heard.get(1));
    }
}
