package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class VideoIdsTest {
    private final VideoIds ids = new VideoIds();

    @Test
    void writesTheTimeInTheFirstTenCharacters() {
        // 1469918176385 ms is 01ARYZ6S41 in Crockford's base 32 (the example of the reference implementation).
        assertEquals("video_01ARYZ6S41", ids.next(1_469_918_176_385L).substring(0, 16));
    }

    @Test
    void risesWithTheTimeWithinAMillisecondAndWhenTheClockGoesBack() {
        String last = ids.next(1_000_000);
        for (long millis : new long[] {1_000_000, 1_000_000, 1_000_001, 999_000, 999_000, 1_000_002}) {
            String next = ids.next(millis);
            assertTrue(next.compareTo(last) > 0, last + " then " + next);
            last = next;
        }
    }

    @Test
    void knowsItsOwnForm() {
        assertTrue(VideoIds.isId(ids.next(0)));
        assertTrue(VideoIds.isId(ids.next((1L << 48) - 1)));
        assertFalse(VideoIds.isId("video_01ARYZ6S41TSV4RRFFQ69G5FAI"));
        assertFalse(VideoIds.isId("video_../../../../etc/passwd00000"));
        assertFalse(VideoIds.isId(""));
    }
}
