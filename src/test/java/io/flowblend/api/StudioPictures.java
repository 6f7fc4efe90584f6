package io.flowblend.api;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.video.FrameRate;
import io.flowblend.video.Frames;
import io.flowblend.video.GifEncoder;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/**
 * Takes pictures of all views of the page with real videos, in every size and colour scheme, to be looked at, and those of the
 * documents: studio-watch.png, studio-pair.png, studio-compare.png and studio.gif. It is no part of the build:
 * {@code mvn test -Dtest=StudioPictures -Dstudio.pictures=FOLDER}.
 */
@QuarkusTest
@TestProfile(MainJobTest.AsShipped.class)
class StudioPictures {
    private static final Path FOLDER = Path.of(System.getProperty("studio.pictures", "target/studio-pictures"));
    private static final int MOST_SHOTS = 60;
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
    void takesThem() throws Exception {
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
            forTheDocuments(browser, ids.get(2), large);
        }
    }

    private void forTheDocuments(StudioBrowser browser, String id, String large) throws IOException {
        Page page = browser.page(StudioBrowser.Look.DESKTOP_LIGHT);
        page.setViewportSize(1180, 800);
        page.navigate(address + "#/video/" + id);
        assertThat(page.locator("#actions button").first()).isVisible();
        page.waitForTimeout(700);
        write("studio-watch.png", page.locator("main").screenshot());
        page.navigate(address + "#/compare/" + id + "/" + large);
        assertThat(page.locator("#likeness")).isVisible();
        write("studio-compare.png", page.locator("main").screenshot());
        page.navigate(address + "#/pair/" + BuiltInPair.ID);
        assertThat(page.locator("#plot-promise svg")).isVisible();
        page.waitForTimeout(700);
        write("studio-pair.png", page.locator("main").screenshot());
        film(page);
    }

    private static void write(String name, byte[] png) throws IOException {
        Files.write(FOLDER.resolve(name), png);
    }

    /** A video as it is made, at two pictures a second, and what came of it. */
    private void film(Page page) throws IOException {
        page.navigate(address + "#/make");
        page.reload();
        assertThat(page.locator("#plan-plot svg")).isVisible();
        List<BufferedImage> shots = new ArrayList<>();
        page.fill("#prompt", PROMPTS.get(1));
        page.fill("#steps", "60");
        page.fill("#quality", "0.3");
        page.fill("#seed", "2");
        page.waitForTimeout(700);
        shots.add(shot(page));
        page.click("#make");
        for (int i = 0; i < MOST_SHOTS && !page.textContent("#status").contains("Done"); i++) {
            shots.add(shot(page));
            page.waitForTimeout(200);
        }
        assertThat(page.locator("#status")).containsText("Done");
        page.waitForTimeout(500);
        for (int i = 0; i < 6; i++) {
            shots.add(shot(page));
            page.waitForTimeout(200);
        }
        new GifEncoder().encode(frames(shots), FrameRate.of(2), Map.of(), FOLDER.resolve("studio.gif"));
    }

    private static BufferedImage shot(Page page) throws IOException {
        BufferedImage whole = ImageIO.read(new ByteArrayInputStream(page.screenshot()));
        BufferedImage small = new BufferedImage(826, 560, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = small.createGraphics();
        graphics.drawImage(whole.getScaledInstance(826, 560, Image.SCALE_AREA_AVERAGING), 0, 0, null);
        graphics.dispose();
        return small;
    }

    private static Frames frames(List<BufferedImage> shots) {
        int width = shots.get(0).getWidth();
        int height = shots.get(0).getHeight();
        byte[] rgb = new byte[shots.size() * width * height * 3];
        int at = 0;
        for (BufferedImage shot : shots) {
            for (int pixel : shot.getRGB(0, 0, width, height, null, 0, width)) {
                rgb[at++] = (byte) (pixel >> 16);
                rgb[at++] = (byte) (pixel >> 8);
                rgb[at++] = (byte) pixel;
            }
        }
        return new Frames(shots.size(), height, width, rgb);
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
