package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.flowblend.quality.DigitCaption;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldOutTest {
    @Test
    void aNumberAlwaysGivesTheSamePromptAndItsOwnSeed() {
        assertEquals(HeldOut.of(7), HeldOut.of(7));
        assertEquals(5007, HeldOut.of(7).seed());
        assertEquals(
                256,
                IntStream.range(0, 256)
                        .mapToObj(i -> HeldOut.of(i).seed())
                        .distinct()
                        .count());
    }

    @Test
    void promptsSayWhatTheirCaptionsSay() {
        for (int i = 0; i < 64; i++) {
            HeldOut held = HeldOut.of(i);
            assertEquals(1 + i % 2, held.digits());
            assertEquals(held.captions(), DigitCaption.parse(held.prompt()));
        }
    }

    @Test
    void twoDigitsHaveTwoColours() {
        for (int i = 1; i < 64; i += 2) {
            HeldOut held = HeldOut.of(i);
            assertNotEquals(
                    held.captions().get(0).colour(), held.captions().get(1).colour());
        }
    }
}
