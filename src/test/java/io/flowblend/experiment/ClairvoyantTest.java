package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ClairvoyantTest {
    @Test
    void neighboursMoveOneOrTwoStepsBesideBoundaries() {
        assertEquals(
                Set.of("LLSSSL", "LLLLSL", "LLLSLL", "LLLSSS", "LLSSLL", "LLLLSS"),
                Clairvoyant.neighbours("LLLSSL", 0).stream()
                        .filter(letters -> !Set.of("LLSLSL", "LLLSLS").contains(letters))
                        .collect(Collectors.toSet()));
    }

    @Test
    void neighboursStayWithinTheBudgetAndBeginLarge() {
        for (String letters : Clairvoyant.neighbours("LSSLLL", 2)) {
            assertEquals('L', letters.charAt(0));
            assertEquals(true, letters.chars().filter(letter -> letter == 'S').count() >= 2, letters);
        }
    }
}
