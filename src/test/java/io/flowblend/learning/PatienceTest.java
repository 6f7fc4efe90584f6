package io.flowblend.learning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PatienceTest {
    private static final String BUCKET = "guidance-4.0";

    private final Patience patience = new Patience();

    @Test
    void singleFailureCostsNothing() {
        assertFalse(patience.failed(BUCKET));
        assertTrue(patience.accepts(BUCKET));
    }

    @Test
    void whatAlwaysFailsIsTriedOnlyAsOftenAsTheVideosDouble() {
        int tries = 0;
        for (int video = 0; video < 10_000; video++) {
            if (patience.accepts(BUCKET)) {
                patience.failed(BUCKET);
                tries++;
            }
        }
        assertTrue(tries <= 14, tries + " tries");
        assertTrue(tries >= 10, tries + " tries");
    }

    @Test
    void successEndsTheRest() {
        patience.failed(BUCKET);
        assertTrue(patience.failed(BUCKET));
        assertFalse(patience.accepts(BUCKET));
        patience.succeeded(BUCKET);
        assertTrue(patience.accepts(BUCKET));
        assertFalse(patience.failed(BUCKET));
    }

    @Test
    void bucketsAreJudgedApart() {
        patience.failed(BUCKET);
        patience.failed(BUCKET);
        assertFalse(patience.accepts(BUCKET));
        assertTrue(patience.accepts("guidance-1.0"));
    }

    @Test
    void restDoesNotOverflow() {
        for (int failure = 0; failure < 100; failure++) {
            patience.failed(BUCKET);
        }
        assertEquals(false, patience.accepts(BUCKET));
    }
}
