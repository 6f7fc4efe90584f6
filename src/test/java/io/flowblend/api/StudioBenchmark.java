package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Page;
import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * How fast the page is: its first screen by Navigation Timing, and its gallery with 10,000 videos. It prints a table and is no
 * part of the build: {@code mvn test -Dtest=StudioBenchmark}.
 */
@QuarkusTest
@TestProfile(MainJobTest.AsShipped.class)
class StudioBenchmark {
    private static final int ROUNDS = 7;
    private static final int VIDEOS = 10_000;
    private static final String COPIES = "video_0000000000%";

    @TestHTTPResource
    @SuppressWarnings("NullAway.Init")
    String address;

    @Inject
    AgroalDataSource database;

    private final Map<String, List<Double>> times = new TreeMap<>();

    @Test
    void measuresThem() throws Exception {
        String id = Videos.completed("a red seven moves left fast");
        try (StudioBrowser browser = StudioBrowser.start()) {
            for (int round = 0; round <= ROUNDS; round++) {
                Page page = browser.page(StudioBrowser.Look.DESKTOP_LIGHT);
                page.navigate(address);
                page.locator("#plan-plot svg").waitFor();
                double curve = now(page);
                if (round == 0) {
                    print(
                            "all files of the page, KiB",
                            number(
                                    page,
                                    "performance.getEntriesByType('resource').concat("
                                            + "performance.getEntriesByType('navigation')).filter(e => !e.name.includes('/v1/'))"
                                            + ".reduce((sum, e) => sum + e.encodedBodySize, 0) / 1024"));
                } else {
                    note(
                            "first contentful paint, ms",
                            number(page, "performance.getEntriesByName('first-contentful-paint')[0].startTime"));
                    note("load event, ms", number(page, "performance.getEntriesByType('navigation')[0].loadEventEnd"));
                    note("curve of the plan drawn, ms", curve);
                }
                page.context().close();
            }
            times.forEach((name, values) -> print(name, median(values)));
            copy(id);
            try {
                gallery(browser);
            } finally {
                change("delete from video_jobs where id like '" + COPIES + "'");
            }
        }
    }

    private void note(String name, double value) {
        times.computeIfAbsent(name, any -> new ArrayList<>()).add(value);
    }

    private void gallery(StudioBrowser browser) {
        Page page = browser.page(StudioBrowser.Look.DESKTOP_LIGHT);
        page.navigate(address + "#/gallery");
        page.locator("#gallery li").first().waitFor();
        print("10,000 videos: gallery shown, ms", now(page));
        print("10,000 videos: more, ms", took(page, () -> {
            int before = page.locator("#gallery li").count();
            page.click("#more-videos");
            page.waitForFunction("before => document.querySelectorAll('#gallery li').length > before", before);
        }));
        print("10,000 videos: filter that fits the oldest of 1,000, ms", took(page, () -> {
            page.fill("#filter-text", "number 9100");
            page.waitForFunction("() => document.querySelectorAll('#gallery li').length === 1");
        }));
        print("10,000 videos: filter that fits none of 1,000, ms", took(page, () -> {
            page.fill("#filter-text", "nothing has this");
            page.waitForFunction("() => document.getElementById('found').textContent.startsWith('0 of')");
        }));
        assertEquals(List.of(), browser.mistakes);
    }

    private static double took(Page page, Runnable work) {
        double before = now(page);
        work.run();
        return now(page) - before;
    }

    private static double now(Page page) {
        return number(page, "performance.now()");
    }

    private static double number(Page page, String script) {
        return ((Number) page.evaluate(script)).doubleValue();
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static void print(String name, double value) {
        System.out.println(String.format(Locale.ROOT, "| %s | %.0f |", name, value));
    }

    /** Many videos like one that was made, each with its number in the prompt. */
    private void copy(String id) throws SQLException {
        String columns = String.join(", ", columns());
        String values = columns.replaceFirst("\\bid\\b", "'video_' || lpad(x, 26, '0')")
                .replaceFirst("\\brequest\\b", "replace(request, 'a red seven', 'number ' || x || ', a red seven')");
        change("insert into video_jobs (" + columns + ") select " + values + " from video_jobs, system_range(1, "
                + VIDEOS + ") where id = '" + id + "'");
    }

    private List<String> columns() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Connection connection = database.getConnection();
                var found = connection.getMetaData().getColumns(null, null, "VIDEO_JOBS", null)) {
            while (found.next()) {
                String name = found.getString("COLUMN_NAME").toLowerCase(Locale.ROOT);
                if (!name.equals("place")) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    private void change(String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
