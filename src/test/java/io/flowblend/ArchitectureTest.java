package io.flowblend;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Which package may know which, as the README's table says. */
@AnalyzeClasses(packages = "io.flowblend", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Map<String, Set<String>> MAY_USE = new LinkedHashMap<>();

    static {
        MAY_USE.put("file", Set.of());
        MAY_USE.put("tensor", Set.of("file"));
        MAY_USE.put("model", Set.of("file", "tensor"));
        MAY_USE.put("divergence", Set.of("tensor"));
        MAY_USE.put("calibration", Set.of("file", "divergence"));
        MAY_USE.put("evidence", Set.of("file", "divergence", "calibration"));
        MAY_USE.put("control", Set.of("calibration", "divergence"));
        MAY_USE.put("tuning", Set.of("file", "control"));
        MAY_USE.put("sampling", Set.of("tensor", "model", "divergence", "calibration", "control"));
        MAY_USE.put("video", Set.of("tensor"));
        MAY_USE.put("quality", Set.of("file", "tensor", "video"));
        MAY_USE.put("request", Set.of("tensor", "model", "calibration", "control", "tuning", "sampling", "video"));
        MAY_USE.put(
                "replay", Set.of("tensor", "divergence", "calibration", "evidence", "control", "sampling", "request"));
        MAY_USE.put(
                "pipeline",
                Set.of(
                        "file",
                        "tensor",
                        "model",
                        "divergence",
                        "calibration",
                        "evidence",
                        "control",
                        "tuning",
                        "sampling",
                        "request",
                        "replay",
                        "video"));
        MAY_USE.put(
                "learning",
                Set.of(
                        "file",
                        "divergence",
                        "calibration",
                        "evidence",
                        "control",
                        "tuning",
                        "sampling",
                        "request",
                        "replay"));
        MAY_USE.put(
                "jobs",
                Set.of(
                        "file",
                        "calibration",
                        "evidence",
                        "control",
                        "tuning",
                        "sampling",
                        "request",
                        "pipeline",
                        "learning",
                        "replay",
                        "video"));
        MAY_USE.put(
                "experiment",
                Set.of(
                        "file",
                        "tensor",
                        "model",
                        "divergence",
                        "calibration",
                        "evidence",
                        "control",
                        "tuning",
                        "sampling",
                        "request",
                        "replay",
                        "pipeline",
                        "learning",
                        "video",
                        "quality"));
    }

    @ArchTest
    static final ArchRule packagesUseOnlyWhatTheTableAllows = CompositeArchRule.of(rules());

    @ArchTest
    static final ArchRule theCommandLineDoesNotUseTheApi = noClasses()
            .that()
            .resideInAPackage("io.flowblend.cli..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.flowblend.api.."));

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("io.flowblend.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule onlyTensorPackagesSeeLibtorch = classes()
            .that()
            .resideOutsideOfPackages(inside(
                    "tensor",
                    "model",
                    "divergence",
                    "sampling",
                    "video",
                    "quality",
                    "request",
                    "replay",
                    "pipeline",
                    "experiment"))
            .should()
            .onlyDependOnClassesThat(DescribedPredicate.not(resideInAPackage("org.bytedeco..")));

    @ArchTest
    static final ArchRule onlyTheEdgesSeeTheFramework = classes()
            .that()
            .resideOutsideOfPackages(inside("api", "jobs"))
            .should()
            .onlyDependOnClassesThat(
                    DescribedPredicate.not(resideInAnyPackage("jakarta..", "io.quarkus..", "io.micrometer..")));

    @ArchTest
    static final ArchRule theControllerSeesNumbersOnly = noClasses()
            .that()
            .resideInAnyPackage(inside("control", "calibration", "evidence"))
            .should()
            .dependOnClassesThat(resideInAPackage("org.bytedeco.."))
            .orShould()
            .dependOnClassesThat(isAnyOf(Clock.class, Random.class, Thread.class))
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Math.class, "random");

    private static DescribedPredicate<JavaClass> isAnyOf(Class<?>... types) {
        return new DescribedPredicate<>("a clock, a random source or a thread") {
            @Override
            public boolean test(JavaClass type) {
                return List.of(types).stream().anyMatch(t -> type.isEquivalentTo(t));
            }
        };
    }

    private static String[] inside(String... packages) {
        return List.of(packages).stream()
                .map(name -> "io.flowblend." + name + "..")
                .toArray(String[]::new);
    }

    private static List<ArchRule> rules() {
        List<ArchRule> rules = new ArrayList<>();
        MAY_USE.forEach((name, used) -> {
            List<String> allowed = new ArrayList<>(used);
            allowed.add(name);
            rules.add(classes()
                    .that()
                    .resideInAPackage("io.flowblend." + name + "..")
                    .should()
                    .onlyDependOnClassesThat(DescribedPredicate.not(resideInAPackage("io.flowblend.."))
                            .or(resideInAnyPackage(inside(allowed.toArray(String[]::new))))));
        });
        return rules;
    }
}
