package io.flowblend.api;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import io.flowblend.model.pair.BuiltInPair;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * Takes pictures of all views of the page with real videos, in every size and colour scheme, to be looked at. It is no part of
 * the build: {@code mvn test -Dtest=StudioPictures -Dstudio.pictures=FOLDER}. Those in the documents are called
 * desktop-light-watch.png, -pair.png and -compare.png.
 */
@QuarkusTest
@TestProfile(MainJobTest.AsShipped.class)
class StudioPictures {
    private static final Path FOLDER = Path.of(System.getProperty("studio.pictures", "target/studio-pictures"));
    private static final List<String> PROMPTS = List.of(
            "a red seven moves left fast",
            "a cyan three moves up slowly",
            "a green zero moves down fast",
            "a yellow two moves right slowly",
            "a magenta nine moves up fast",
            "a blue four moves left slowly");

    @TestHTTPResource
    @SuppressWarnings("NullAway.Init")
    String address;

    @Test
    void takesThem() throws InterruptedException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < PROMPTS.size(); i++) {
            ids.add(Videos.post("{\"prompt\": \"" + PROMPTS.get(i) + "\", \"seed\": " + (i + 1) + ", \"quality\": "
                            + (0.2 + 0.1 * i) + "}")
                    .statusCode(200)
                    .extract()
                    .path("id"));
        }
        String large = Videos.post("{\"prompt\": \"" + PROMPTS.get(0) + "\", \"seed\": 1, \"policy\": \"large\"}")
                .statusCode(200)
                .extract()
                .path("id");
        for (String id : ids) {
            assertEquals("completed", Videos.finished(id).getString("status"));
        }
        Videos.finished(large);
        try (StudioBrowser browser = StudioBrowser.start()) {
            for (StudioBrowser.Look look : StudioBrowser.Look.values()) {
                Page page = browser.page(look);
                page.navigate(address);
                take(page, look, "make", "", "#plan-plot svg");
                take(page, look, "watch", "#/video/" + ids.get(0), "#actions button");
                take(page, look, "gallery", "#/gallery", "#gallery li");
                take(page, look, "compare", "#/compare/" + ids.get(0) + "/" + large, "#likeness");
                take(page, look, "pair", "#/pair/" + BuiltInPair.ID, "#plot-promise svg");
                page.navigate(address + "#/profiles");
                page.fill("#key-longest_reuse", "0.05");
                page.click("#what-if button");
                page.locator("#what-if-result").waitFor();
                page.click("#what-if-result summary");
                take(page, look, "profiles", "#/profiles", "#what-if-list .cells");
                page.context().close();
            }
        }
    }

    private void take(Page page, StudioBrowser.Look look, String view, String hash, String shown) {
        page.navigate(address + hash);
        assertThat(page.locator(shown).first()).isVisible();
        page.waitForTimeout(700);
        String name = look.name().toLowerCase(Locale.ROOT).replace('_', '-') + "-" + view + ".png";
        page.screenshot(
                new Page.ScreenshotOptions().setPath(FOLDER.resolve(name)).setFullPage(true));
    }
}
