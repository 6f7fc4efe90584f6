package io.flowblend.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecentPromptsTest {
    @Test
    void areThoseOfThePairNewestFirstAndNoneTwice(@TempDir Path folder) throws Exception {
        try (Service service = Service.open(folder)) {
            for (String prompt : List.of("a fox", "a \u732b", "a fox", "an owl")) {
                service.awaitEnd(service.submit(prompt));
            }
            RecentPrompts recent = service.recentPrompts();
            assertEquals(List.of("an owl", "a fox", "a \u732b"), recent.of(SteppedPipeline.PAIR, 10));
            assertEquals(List.of("an owl", "a fox"), recent.of(SteppedPipeline.PAIR, 2));
            assertEquals(List.of(), recent.of("another", 10));
        }
    }
}
