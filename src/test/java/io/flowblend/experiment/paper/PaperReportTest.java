package io.flowblend.experiment.paper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import io.flowblend.api.StudioBrowser;
import io.flowblend.calibration.Source;
import io.flowblend.experiment.Environment;
import io.flowblend.experiment.OpenedBuiltInPair;
import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.paper.PaperResults.PatternRow;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.pair.BuiltInPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.parser.Parser;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All experiments on the built-in pair, with very few steps and prompts, and what is written of them. */
class PaperReportTest {
    private static final int STEPS = 4;
    private static final int PROMPTS = 2;
    private static final int SEGMENTS = 2;
    private static final int DRAWS = 10;
    private static final int EARLY_POINTS = 5;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static OpenedBuiltInPair opened;

    @SuppressWarnings("NullAway.Init")
    private static PaperResults results;

    private static final List<String> PROGRESS = new ArrayList<>();

    @BeforeAll
    static void measure() throws IOException {
        opened = new OpenedBuiltInPair(folder.resolve("data"));
        Files.createDirectory(folder.resolve("paper"));
        results = experiments().all(SEGMENTS, 1, PaperReportTest::origin);
    }

    @AfterAll
    static void close() {
        opened.close();
    }

    private static PaperExperiments experiments() {
        return new PaperExperiments(
                opened.pair(),
                new PaperExperiments.Setup(
                        STEPS, PROMPTS, new PaperPrompts(List.of()), folder.resolve("paper"), DRAWS, Optional.empty()),
                new Progress(PROGRESS::add, () -> 0));
    }

    private static PaperResults.Origin origin() {
        return new PaperResults.Origin(
                BuiltInPair.ID,
                opened.pair().served().fingerprint(),
                STEPS,
                PROMPTS,
                experiments().featureSpace(),
                opened.pair().served().storedProfile(),
                List.of("paper report glyphs <all>"),
                Environment.here());
    }

    @Test
    void measuresBothMainStreamsUnderEachCondition() {
        assertEquals(
                List.of(
                        Source.LARGE + " conditional",
                        Source.LARGE + " unconditional",
                        Source.LARGE + " guided",
                        Source.SMALL + " conditional",
                        Source.SMALL + " unconditional",
                        Source.SMALL + " guided"),
                results.divergence().stream()
                        .map(curve -> curve.mainStream() + " " + curve.velocity())
                        .toList());
        results.divergence().forEach(curve -> curve.cosine().forEach(step -> {
            assertEquals(PROMPTS, step.count());
            assertTrue(step.mean() > 0, "the models differ");
        }));
        assertEquals(
                results.divergence().get(0).cosine().get(0).mean(),
                results.divergence().get(3).cosine().get(0).mean(),
                1e-9,
                "both streams begin at the same noise");
    }

    @Test
    void findsBoundariesBetweenSmallAloneAndLargeAlone() {
        PaperResults.Boundaries found = results.boundaries();
        assertEquals(EARLY_POINTS, found.early().size());
        assertEquals(0, found.early().get(0).introduced());
        assertEquals(1, found.early().get(EARLY_POINTS - 1).introduced());
        assertEquals(1, found.early().get(EARLY_POINTS - 1).similarity(), 1e-9, "LARGE alone is like itself");
        assertTrue(found.early().get(0).similarity() < 1);
        assertEquals(found.lateShares().size(), found.distances().size());
        assertTrue(found.profile().early() + found.profile().late() <= 1);
        int early = found.similar().orElse(found.slope().index());
        assertEquals(found.early().get(early).introduced(), found.profile().early());
        double least = found.distances().stream()
                .mapToDouble(Statistics.Interval::value)
                .min()
                .orElseThrow();
        int late = found.late().get(0).index();
        assertEquals(least, found.distances().get(late).value());
        assertEquals(found.lateShares().get(late), found.profile().late());
    }

    @Test
    void sweepsEveryPatternOnceFromSmallAloneToLargeAlone() {
        assertEquals(
                List.of("SS", "SL", "LS", "LL"),
                results.sweep().stream().map(PatternRow::pattern).toList());
        PatternRow small = results.sweep().get(0);
        PatternRow large = results.sweep().get(3);
        assertEquals(0, large.deviation().mean());
        assertEquals(1, large.compute().mean());
        assertTrue(small.compute().mean() < 0.5 && small.deviation().mean() > 0, small.toString());
        double half = (1 + small.compute().mean()) / 2;
        assertEquals(half, results.sweep().get(1).compute().mean(), 1e-9);
        assertEquals(half, results.sweep().get(2).compute().mean(), 1e-9);
        assertTrue(results.sweep().stream().allMatch(row -> row.frechet() >= 0));
    }

    @Test
    void comparesTheSchedulesAtAllStepsAndAtHalfOfThem() {
        List<String> names = List.of("LLL", "LSL", "LSS", "SLL", "SSS");
        assertEquals(names, results.stages().stream().map(PatternRow::pattern).toList());
        assertEquals(STEPS / 2, results.halfSteps().steps());
        for (List<PatternRow> rows :
                List.of(results.stages(), results.halfSteps().rows())) {
            assertEquals(names, rows.stream().map(PatternRow::pattern).toList());
            assertEquals(0, rows.get(0).deviation().mean());
            assertTrue(rows.get(4).deviation().mean() > 0);
            assertTrue(rows.get(1).distance().get(0).low()
                    <= rows.get(1).distance().get(0).high());
            assertTrue(rows.get(1).videoDistance() >= 0);
        }
        assertNotEquals(
                results.stages().get(4).deviation(),
                results.halfSteps().rows().get(4).deviation());
        assertEquals(
                PaperExperiments.QUALITIES.size(), results.adaptive().size(), "the adaptive policy at each quality");
    }

    @Test
    void countsEveryVideoInOneBinOfDeviation() {
        assertEquals(PROMPTS, results.deviations().get(0).runs());
        assertTrue(results.deviations().size() > 1, "SMALL alone deviates");
        assertEquals(1, results.deviations().get(0).ssim().mean());
    }

    @Test
    void takesUpWhatIsFinishedAndMakesNothingAgain() {
        PROGRESS.clear();
        PaperResults again = experiments().all(SEGMENTS, 1, PaperReportTest::origin);
        assertEquals(List.of(), PROGRESS);
        assertEquals(results.divergence(), again.divergence());
        assertEquals(results.boundaries(), again.boundaries());
        assertEquals(results.sweep(), again.sweep());
        assertEquals(results.halfSteps(), again.halfSteps());
        assertEquals(results.sheets(), again.sheets());
    }

    @Test
    void opensInABrowserWithoutAnErrorInLightAndDark() throws IOException {
        String html = ReportPage.html(results);
        Parser parser = Parser.htmlParser().setTrackErrors(10);
        parser.parseInput(html, "");
        assertEquals(List.of(), parser.getErrors());
        for (String part : List.of(
                "Velocity divergence",
                "Boundaries",
                "All patterns",
                "Contact sheets",
                "What a deviation looks like",
                "Floating point operations",
                "paper report glyphs &lt;all&gt;",
                opened.pair().served().fingerprint())) {
            assertTrue(html.contains(part), part);
        }
        assertEquals(
                List.of(),
                Jsoup.parse(html).select("[src], [href]").stream()
                        .filter(each -> !(each.attr("src") + each.attr("href")).startsWith("data:"))
                        .toList(),
                "nothing comes from elsewhere");
        Path file = Files.writeString(folder.resolve("report.html"), html);
        try (StudioBrowser browser = StudioBrowser.start()) {
            for (StudioBrowser.Look look : List.of(StudioBrowser.Look.DESKTOP_LIGHT, StudioBrowser.Look.PHONE_DARK)) {
                looksRight(browser.page(look), file);
            }
            assertEquals(List.of(), browser.mistakes);
        }
    }

    private static void looksRight(Page page, Path file) {
        List<String> messages = new CopyOnWriteArrayList<>();
        page.onConsoleMessage(message -> {
            if (!message.type().equals("log")) {
                messages.add(message.text());
            }
        });
        page.navigate(file.toUri().toString());
        int charts = page.locator(".chart").count();
        assertEquals(9, charts, "4 of divergence, 2 boundaries, 1 heat map, 2 of compute");
        assertEquals(charts, page.locator(".chart svg").count());
        Function<String, Long> shown = text -> page.locator(".chart svg text").allTextContents().stream()
                .filter(text::equals)
                .count();
        assertEquals(4, shown.apply("step"), "axes have names");
        assertEquals(2, shown.apply("compute over LARGE alone"));
        assertTrue(shown.apply("adaptive") >= 2);
        assertEquals(
                true,
                page.evaluate("() => [...document.images].length === 4"
                        + " && [...document.images].every(image => image.naturalWidth === 4 * 64)"));
        assertEquals(List.of(), messages);
    }

    @Test
    void fillsTheBlocksOfTheDocumentsAndLeavesTheRest() throws IOException {
        Path evidence = copy("evidence.md");
        Path controller = copy("controller.md");
        List<Path> documents = List.of(evidence, controller);
        Figures.check(documents, Figures.NAMES);
        Figures.of(results).fill(documents);
        EvidencePictures.write(results, folder.resolve("images"));
        String text = Files.readString(evidence);
        for (String name : Figures.NAMES) {
            boolean here = text.contains("<!-- figures: " + name + " -->");
            boolean there = Files.readString(controller).contains("<!-- figures: " + name + " -->");
            assertTrue(here || there, name + " is shown somewhere");
        }
        assertTrue(
                text.contains("| fingerprint of its models | "
                        + opened.pair().served().fingerprint()),
                text);
        assertTrue(Files.readString(controller).contains("0 (LARGE alone)"));
        assertTrue(Files.readString(controller).contains("## The knob"));
        try (Stream<String> lines = text.lines()) {
            lines.filter(line -> line.startsWith("![") && line.contains("evidence-"))
                    .map(line -> line.substring(line.indexOf('(') + 1, line.indexOf(')')))
                    .forEach(picture -> assertTrue(Files.isRegularFile(folder.resolve(picture)), picture));
        }
        Figures.of(results).fill(documents);
        assertEquals(text, Files.readString(evidence), "filled twice is filled once");
    }

    private static Path copy(String name) throws IOException {
        return Files.copy(Path.of("src/site/markdown").resolve(name), folder.resolve(name));
    }

    @Test
    void refusesDocumentsWithoutABlockBeforeAnythingIsMeasured() throws IOException {
        Path plain = Files.writeString(folder.resolve("plain.md"), "# Text\n");
        Path open = Files.writeString(folder.resolve("open.md"), "<!-- figures: sweep -->\n");
        for (Path document : List.of(plain, open, folder.resolve("missing.md"))) {
            InvalidFileException refused =
                    assertThrows(InvalidFileException.class, () -> Figures.check(List.of(document), Figures.NAMES));
            String message = String.valueOf(refused.getMessage());
            assertTrue(message.contains(String.valueOf(document.getFileName())), message);
        }
    }
}
