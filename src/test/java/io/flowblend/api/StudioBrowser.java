package io.flowblend.api;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Debian's Chromium, without a window, for tests of the page. */
public final class StudioBrowser implements AutoCloseable {
    private static final List<Path> PLACES = List.of(
            Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"), Path.of("/usr/bin/google-chrome"));
    /** How long a slow machine may take for what a page waits for. */
    private static final int PATIENCE_MS = 60_000;

    private static final List<String> OPTIONS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    /** How a page is looked at. */
    public enum Look {
        DESKTOP_LIGHT(1280, 860, ColorScheme.LIGHT),
        DESKTOP_DARK(1280, 860, ColorScheme.DARK),
        PHONE_LIGHT(390, 844, ColorScheme.LIGHT),
        PHONE_DARK(390, 844, ColorScheme.DARK);

        private final int width;
        private final int height;
        private final ColorScheme colours;

        Look(int width, int height, ColorScheme colours) {
            this.width = width;
            this.height = height;
            this.colours = colours;
        }
    }

    /** What went wrong in the pages: exceptions, and what the content security policy forbade. */
    public final List<String> mistakes = new CopyOnWriteArrayList<>();

    private final Playwright playwright;
    private final Browser browser;

    private StudioBrowser(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    /** @throws IllegalStateException if there is no browser on this machine */
    public static StudioBrowser start() {
        Path executable = PLACES.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("No browser was found at any of " + PLACES
                        + ". The tests of the page need one: apt-get install chromium"));
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        Browser browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(executable)
                        .setArgs(OPTIONS));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
        return new StudioBrowser(playwright, browser);
    }

    /** An empty tab of a new visitor. */
    public Page page(Look look) {
        BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(look.width, look.height)
                .setColorScheme(look.colours));
        Page page = context.newPage();
        page.setDefaultTimeout(PATIENCE_MS);
        page.onPageError(mistakes::add);
        page.onConsoleMessage(message -> {
            if (message.text().contains("Content Security Policy")) {
                mistakes.add(message.text());
            }
        });
        return page;
    }

    /** Closes all tabs: one that plays takes time from the others. */
    public void closePages() {
        browser.contexts().forEach(BrowserContext::close);
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
