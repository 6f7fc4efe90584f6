package io.flowblend.api;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import io.flowblend.model.pair.BuiltInPair;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a person does with the page, in a browser, on the service as it ships. */
@QuarkusTest
@TestProfile(MainJobTest.AsShipped.class)
class StudioTest {
    private static final String PROMPT = "a cyan three moves up slowly";

    @SuppressWarnings("NullAway.Init")
    private static StudioBrowser browser;

    @TestHTTPResource
    @SuppressWarnings("NullAway.Init")
    String address;

    @BeforeAll
    static void openBrowser() {
        browser = StudioBrowser.start();
    }

    @AfterAll
    static void closeBrowser() {
        browser.close();
    }

    @AfterEach
    void nothingWentWrongInThePage() {
        browser.closePages();
        assertEquals(List.of(), browser.mistakes);
    }

    @Test
    void makesAVideoShowsItsStepsAsTheyComeAndFindsItAgain() {
        Page page = page("");
        page.fill("#prompt", "a purple seven moves left fast");
        assertThat(page.locator("#unknown")).containsText("purple");
        page.click("#examples button:has-text('" + PROMPT + "')");
        assertThat(page.locator("#unknown")).isEmpty();
        page.fill("#steps", "40");
        page.fill("#seed", "3");
        assertThat(page.locator("#promise")).containsText("95 %");
        page.evaluate("() => { window.counts = new Set(); new MutationObserver(() => window.counts.add("
                + "document.querySelectorAll('#cells .cell:not(.ahead)').length))"
                + ".observe(document.getElementById('cells'), { childList: true }); }");

        page.press("#prompt", "Control+Enter");
        assertThat(page.locator("#cancel")).isVisible();
        assertThat(page.locator("#status")).containsText("Done");

        assertThat(page.locator("#cells .cell:not(.ahead)")).hasCount(40);
        int seen = (int) page.evaluate("() => window.counts.size");
        assertTrue(seen > 4, "cells came in " + seen + " lots");
        assertThat(page.locator("#summary")).containsText("large only");
        assertThat(page.locator("#plot svg")).hasAttribute("aria-label", Pattern.compile("40 of 40 steps"));
        page.waitForFunction("() => document.getElementById('video').videoWidth === 64");

        String id = page.url().replaceFirst(".*/", "");
        page.reload();
        assertThat(page.locator("#summary")).containsText(id);
        page.navigate(address + "#/gallery");
        page.fill("#filter-text", "CYAN three");
        assertThat(page.locator("#card-" + id)).isVisible();
        page.waitForURL("**?text=CYAN+three");
        page.reload();
        assertThat(page.locator("#filter-text")).hasValue("CYAN three");
        assertThat(page.locator("#card-" + id)).containsText(PROMPT);
        page.fill("#filter-text", "no such prompt");
        assertThat(page.locator("#empty")).containsText("No video fits");
    }

    @Test
    void cancelsAVideoAndRemixesIt() {
        Page page = page("");
        page.fill("#steps", "1000");
        page.click("#more summary");
        page.selectOption("#policy", "large");
        page.click("#make");
        assertThat(page.locator("#cells .cell.L").first()).isVisible();
        page.check("#with-previews");
        assertThat(page.locator("#preview")).isVisible();
        page.waitForFunction("() => document.getElementById('preview').naturalWidth === 64");
        page.click("#cancel");
        assertThat(page.locator("#preview")).isHidden();
        assertThat(page.locator("#status")).containsText("Failed");
        assertThat(page.locator("#going")).isHidden();

        page.click("#actions button:has-text('Remix')");
        assertThat(page.locator("#steps")).hasValue("1000");
        page.onceDialog(dialog -> dialog.accept());
        page.click("#actions button:has-text('Delete')");
        assertThat(page.locator("#result")).isHidden();
    }

    @Test
    void comparesAVideoWithTheLargeModelAlone() throws InterruptedException {
        String id =
                made("{\"prompt\": \"" + PROMPT + "\", \"num_inference_steps\": 20, \"seed\": 5, \"quality\": 0.3}");
        Page page = page("#/compare/" + id);
        page.click("#against-make");
        assertThat(page.locator("#likeness")).containsText(Pattern.compile("PSNR \\d+\\.\\d\\d dB, SSIM 0\\.\\d{4}"));
        assertThat(page.locator("#compare-table")).containsText("bit for bit");
        assertThat(page.locator("#canvas-b")).isVisible();
        if (page.textContent("#play").equals("Stop")) {
            page.click("#play");
        }
        Object plain = pixels(page);
        page.check("input[value=wipe]");
        page.fill("#wipe", "100");
        assertEquals(plain, pixels(page), "all of it is the first video");
        page.fill("#wipe", "0");
        assertNotEquals(plain, pixels(page));
        page.check("input[value=difference]");
        assertNotEquals(plain, pixels(page));

        page.navigate(address + "#/compare/" + id + "/" + id);
        assertThat(page.locator("#likeness")).hasText("The two are equal in every pixel.");
    }

    @Test
    void exportsACalibrationAndShowsWhatAQualityComesTo() throws IOException {
        Page page = page("#/pair/" + BuiltInPair.ID);
        assertThat(page.locator("#pair-words")).containsText("twin runs");
        assertThat(page.locator("#plot-residual svg .line.S").first()).isAttached();
        page.fill("#pair-quality", "1");
        assertThat(page.locator("#pair-cells")).hasAttribute("aria-label", Pattern.compile("Schedule: L+"));
        Download download = page.waitForDownload(() -> page.click("#export"));
        assertEquals(BuiltInPair.ID + ".json", download.suggestedFilename());
        String json = Files.readString(download.path());
        assertEquals(
                BuiltInPair.ID, new JsonMapper().readTree(json).path("pair").asText());
    }

    @Test
    void switchesAProfileAndBack() {
        Page page = page("#/profiles");
        page.selectOption("#profile-id", "speed");
        assertThat(page.locator("tr.differs")).hasCount(5);
        assertThat(page.locator("#profile-plans tbody tr")).hasCount(3);
        page.click("#apply");
        assertThat(page.locator("#profile-active")).containsText("speed");
        assertEquals("speed", Videos.api().get("/v1/profiles").path("active"));
        page.click("#revert");
        assertThat(page.locator("#profile-active")).containsText("balanced");
        assertEquals("balanced", Videos.api().get("/v1/profiles").path("active"));
    }

    @Test
    void triesAnEditedProfileOnFinishedVideosKeepsItAndGoesBack() throws Exception {
        made("{\"prompt\": \"" + PROMPT + "\", \"num_inference_steps\": 12, \"seed\": 9, \"quality\": 0.3}");
        Page page = page("#/profiles");
        page.fill("#key-longest_reuse", "0.9");
        page.click("#what-if button");
        assertThat(page.locator("#problem")).containsText("longest-reuse: ");
        assertThat(page.locator("#key-longest_reuse")).isFocused();
        page.fill("#key-longest_reuse", "0");
        page.fill("#key-longest_stretch", "0");
        page.fill("#what-if-videos", "1");
        assertThat(page.locator("tr.differs")).hasCount(2);
        page.click("#what-if button");
        assertThat(page.locator("#problem")).isHidden();
        assertThat(page.locator("#what-if-means tbody tr").first().locator("td").first())
                .hasText(Pattern.compile("10\\d % of large only"));
        page.click("#what-if-result summary");
        assertThat(page.locator("#what-if-list .cells").first())
                .hasAttribute("aria-label", Pattern.compile("Here. Schedule: [LP]+$"));

        page.fill("#keep-name", "tried");
        page.click("#apply");
        assertThat(page.locator("#profile-active")).containsText("tried");
        assertThat(page.locator("#profile-id")).hasValue("tried");
        page.click("#revert");
        assertThat(page.locator("#profile-active")).containsText("balanced");
        assertEquals("balanced", Videos.api().get("/v1/profiles").path("active"));
    }

    @Test
    void movesThePointOfTheCurve() {
        Page page = page("");
        assertThat(page.locator("#plan-plot .chosen")).isVisible();
        page.locator("#plan-plot .chosen").hover();
        page.mouse().down();
        page.locator("#plan-plot").hover(new Locator.HoverOptions().setPosition(120, 40));
        page.mouse().up();
        double quality = Double.parseDouble(page.inputValue("#quality"));
        assertTrue(quality < 0.5, "quality " + quality);
        page.check("#goal-speedup");
        assertThat(page.locator("#quality-value")).containsText("×");
    }

    @Test
    void saysWhatIsRefusedAtItsField() {
        Page page = page("");
        page.fill("#steps", "0");
        page.click("#make");
        assertThat(page.locator("#problem")).containsText("Steps: ");
        assertThat(page.locator("#steps")).hasAttribute("aria-invalid", "true");
        assertThat(page.locator("#steps")).isFocused();
        assertThat(page.locator("#result")).isHidden();
        page.navigate(address + "#/video/video_00000000000000000000000000");
        assertThat(page.locator("#problem")).containsText("no such video");
    }

    @Test
    void asksAgainAndAgainWhereThereAreNoEvents() {
        Page page = browser.page(StudioBrowser.Look.PHONE_LIGHT);
        page.route("**/events", route -> route.fulfill(new Route.FulfillOptions().setStatus(404)));
        page.navigate(address);
        page.fill("#steps", "5");
        page.click("#make");
        assertThat(page.locator("#status")).containsText("Done");
        assertThat(page.locator("#cells .cell:not(.ahead)")).hasCount(5);
    }

    @Test
    void isAccessibleAndCutsNothing() throws InterruptedException {
        String id = made("{\"prompt\": \"" + PROMPT + "\", \"num_inference_steps\": 8, \"seed\": 1}");
        for (StudioBrowser.Look look : List.of(StudioBrowser.Look.DESKTOP_LIGHT, StudioBrowser.Look.PHONE_DARK)) {
            Page page = browser.page(look);
            page.navigate(address);
            view(page, "", "#plan-plot svg");
            view(page, "#/video/" + id, "#summary dd");
            view(page, "#/gallery", "#gallery li");
            view(page, "#/compare/" + id + "/" + id, "#players canvas");
            view(page, "#/pair/" + BuiltInPair.ID, "#plot-promise svg");
            view(page, "#/profiles", "#profile-keys td");
        }
    }

    private void view(Page page, String hash, String shown) {
        page.navigate(address + hash);
        assertThat(page.locator(shown).first()).isVisible();
        List<String> faults = new AxeBuilder(page)
                .analyze().getViolations().stream()
                        .filter(rule -> List.of("serious", "critical").contains(rule.getImpact()))
                        .map(StudioTest::words)
                        .toList();
        assertEquals(List.of(), faults, hash);
        Object tooWide = page.evaluate("() => document.documentElement.scrollWidth > innerWidth");
        assertEquals(false, tooWide, hash + " is wider than the window");
    }

    private static String words(Rule rule) {
        return rule.getId() + " at "
                + rule.getNodes().stream()
                        .map(node -> String.valueOf(node.getTarget()))
                        .toList();
    }

    private Page page(String hash) {
        Page page = browser.page(StudioBrowser.Look.DESKTOP_LIGHT);
        page.navigate(address + hash);
        return page;
    }

    private static Object pixels(Page page) {
        return page.evaluate("() => document.getElementById('canvas-a').toDataURL()");
    }

    private static String made(String json) throws InterruptedException {
        String id = Videos.post(json).statusCode(200).extract().path("id");
        assertEquals("completed", Videos.finished(id).getString("status"));
        return id;
    }
}
