package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.quality.DigitCaption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

    @Test
    void nothingIsFittedOrLearnedOnAMeasuredPromptOrSeed() {
        Set<String> prompts = new HashSet<>();
        Set<Long> seeds = new HashSet<>();
        for (int i = 0; i < HeldOut.RESERVED; i++) {
            prompts.add(HeldOut.of(i).prompt());
            seeds.add(HeldOut.of(i).seed());
        }
        List<HeldOut> toFit = HeldOut.toFit(64);
        assertEquals(64, toFit.size());
        for (HeldOut fit : toFit) {
            assertFalse(prompts.contains(fit.prompt()), fit.prompt());
            assertFalse(seeds.contains(fit.seed()), fit.prompt());
        }
        assertTrue(DigitPrompts.drawn(200, 3).stream().noneMatch(prompts::contains));
    }
}
