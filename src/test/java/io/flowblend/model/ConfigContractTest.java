package io.flowblend.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfigContractTest {
    @Test
    void theTableOfKeysInTheDocumentationIsTheCodes() throws IOException {
        String models = Files.readString(Path.of("src/site/markdown/models.md"));
        assertTrue(
                models.contains(ConfigContract.table()), () -> "models.md has to contain:\n" + ConfigContract.table());
    }

    @Test
    void tellsKeysThatItDoesNotKnow() {
        assertEquals(
                Set.of("later_key"),
                ConfigContract.UNIPC.unknown(
                        Set.of("flow_shift", "thresholding", "beta_end", "later_key", "solver_p")));
    }
}
