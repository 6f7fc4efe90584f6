package io.flowblend.reference;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.flowblend.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every case below a folder against the code that claims to reproduce it. The folder is {@code src/test/resources/reference}
 * or the one that {@code -Dflowblend.reference=DIR} names; a case that no runner handles fails.
 */
class ReferenceTest {
    private static final List<CaseRunner> RUNNERS = List.of(
            new BuiltInPairCases(),
            new LtxPipelineCases(),
            new LtxTransformerCases(),
            new LtxVaeCases(),
            new SolverCases(),
            new T5Cases(),
            new WanExpertsCases(),
            new WanPipelineCases(),
            new WanTransformerCases(),
            new WanVaeCases());

    @TestFactory
    Stream<DynamicTest> reproducesTheReference() throws IOException {
        Path root = Path.of(System.getProperty("flowblend.reference", "src/test/resources/reference"));
        List<Path> cases;
        try (Stream<Path> files = Files.walk(root)) {
            cases = files.filter(file -> file.endsWith("case.json"))
                    .map(Path::getParent)
                    .sorted()
                    .toList();
        }
        assertFalse(cases.isEmpty(), () -> "no case.json below " + root);
        return cases.stream()
                .map(folder -> DynamicTest.dynamicTest(root.relativize(folder).toString(), () -> run(folder)));
    }

    private static void run(Path folder) throws Exception {
        try (TensorScope scope = TensorScope.open();
                ReferenceCase reference = ReferenceCase.open(folder)) {
            CaseRunner runner = RUNNERS.stream()
                    .filter(r -> r.handles(reference.name()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no runner for case " + reference.name()));
            runner.run(reference);
        }
    }
}
