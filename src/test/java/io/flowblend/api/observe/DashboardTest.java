package io.flowblend.api.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The dashboard and the alert rules name metrics and labels that the service has, and every alert has its runbook. */
class DashboardTest {
    private static final Path KIT = Path.of("src/main/docker");
    private static final Pattern BUILDER = Pattern.compile(
            "(Counter|FunctionCounter|Gauge|Timer|DistributionSummary)\\s*\\.builder\\(\\s*\"(flowblend[a-z.]+)\"(.*?)\\.register\\(",
            Pattern.DOTALL);
    /** Gauges of a pair, which one method makes. */
    private static final Pattern PAIR_GAUGE = Pattern.compile("known\\(\\s*pair,\\s*\"(flowblend[a-z.]+)\"");

    private static final Pattern TAG = Pattern.compile("\\.tag\\(\\s*\"([a-z_]+)\"");
    private static final Pattern SELECTOR = Pattern.compile("\\b([a-z_]+(?:_[a-z0-9]+)+)(?:\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("([a-z_]+)\\s*(?:=~|!~|!=|=)");

    /** What Prometheus itself and the libraries bring, with the labels that are used here. */
    private static final Map<String, Set<String>> BROUGHT = Map.of(
            "http_server_requests_seconds_count", Set.of("status"),
            "jvm_memory_used_bytes", Set.of("area"),
            "jvm_memory_max_bytes", Set.of("area"),
            "process_cpu_usage", Set.of(),
            "system_cpu_usage", Set.of(),
            "disk_free_bytes", Set.of("path"),
            "disk_total_bytes", Set.of("path"));

    private static final Set<String> FUNCTIONS = Set.of("histogram_quantile");

    @Test
    void dashboardNamesMetricsAndLabelsThatExist() throws IOException {
        Map<String, Set<String>> known = metrics();
        List<String> expressions = dashboard();
        assertTrue(expressions.size() > 20, "only " + expressions.size() + " expressions");
        expressions.forEach(expression -> assertKnown(expression, known));
    }

    @Test
    void alertsNameMetricsAndLabelsThatExist() throws IOException {
        Map<String, Set<String>> known = metrics();
        known.put("up", Set.of("job"));
        for (JsonNode rule : rules()) {
            assertKnown(rule.path("expr").asText(), known);
        }
    }

    @Test
    void everyMetricOfTheServiceIsOnTheDashboard() throws IOException {
        String all = String.join("\n", dashboard());
        Set<String> left = new TreeSet<>();
        for (String name : families()) {
            if (!all.contains(name)) {
                left.add(name);
            }
        }
        assertEquals(Set.of(), left);
    }

    @Test
    void everyAlertHasItsLinesInTheOperationsGuide() throws IOException {
        Set<String> headings = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("src/site/markdown/operations.md"))) {
            if (line.startsWith("#")) {
                headings.add(line.replaceFirst("^#+ *", "").toLowerCase(java.util.Locale.ROOT));
            }
        }
        for (JsonNode rule : rules()) {
            String runbook = rule.path("annotations").path("runbook").asText();
            assertTrue(runbook.startsWith("operations.md#"), runbook);
            assertTrue(headings.contains(runbook.substring("operations.md#".length())), runbook + " has no heading");
        }
    }

    @Test
    void anExpressionWithAMetricThatDoesNotExistIsFound() throws IOException {
        Map<String, Set<String>> known = metrics();
        assertEquals(Set.of("flowblend_speedups_sum"), unknown("sum(rate(flowblend_speedups_sum[5m]))", known));
        assertEquals(
                Set.of("flowblend_videos_total{model}"),
                unknown("sum by (status) (flowblend_videos_total{model=\"glyphs\"})", known));
        assertEquals(Set.of(), unknown("sum by (status) (flowblend_videos_total{pair=\"glyphs\"})", known));
    }

    private static void assertKnown(String expression, Map<String, Set<String>> known) {
        assertEquals(Set.of(), unknown(expression, known), expression);
    }

    private static Set<String> unknown(String expression, Map<String, Set<String>> known) {
        Set<String> unknown = new TreeSet<>();
        Matcher selector = SELECTOR.matcher(expression.replaceAll("\\b(by|without)\\s*\\([^)]*\\)", ""));
        while (selector.find()) {
            String name = selector.group(1);
            if (FUNCTIONS.contains(name)) {
                continue;
            }
            Set<String> labels = known.get(name);
            if (labels == null) {
                unknown.add(name);
                continue;
            }
            Matcher matcher = MATCHER.matcher(selector.group(2) == null ? "" : selector.group(2));
            matcher.results()
                    .map(label -> label.group(1))
                    .filter(Predicate.not(labels::contains))
                    .forEach(label -> unknown.add(name + "{" + label + "}"));
        }
        return unknown;
    }

    private static List<String> dashboard() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(KIT.resolve("grafana/dashboards/flowblend.json").toFile());
        List<String> expressions = new ArrayList<>();
        for (JsonNode panel : dashboard.path("panels")) {
            panel.path("targets")
                    .forEach(target -> expressions.add(target.path("expr").asText()));
        }
        return expressions;
    }

    private static JsonNode rules() throws IOException {
        JsonNode rules = new ObjectMapper(new YAMLFactory())
                .readTree(KIT.resolve("prometheus/alerts.yml").toFile())
                .path("groups")
                .path(0)
                .path("rules");
        assertFalse(rules.isEmpty());
        return rules;
    }

    private static Set<String> families() throws IOException {
        Set<String> families = new TreeSet<>();
        for (String code : sources()) {
            Stream.of(BUILDER.matcher(code).results().map(found -> found.group(2)), pairGauges(code))
                    .flatMap(names -> names)
                    .forEach(name -> families.add(name.replace('.', '_')));
        }
        return families;
    }

    private static Stream<String> pairGauges(String code) {
        return PAIR_GAUGE.matcher(code).results().map(found -> found.group(1));
    }

    /** Names of all series, as Prometheus sees them, with their labels. */
    private static Map<String, Set<String>> metrics() throws IOException {
        Map<String, Set<String>> names = new TreeMap<>(BROUGHT);
        for (String code : sources()) {
            Matcher builder = BUILDER.matcher(code);
            while (builder.find()) {
                String rest = builder.group(3);
                Set<String> labels = new TreeSet<>();
                TAG.matcher(rest).results().forEach(tag -> labels.add(tag.group(1)));
                String base = builder.group(2).replace('.', '_')
                        + (rest.contains("baseUnit(\"seconds\")")
                                        || builder.group(1).equals("Timer")
                                ? "_seconds"
                                : "");
                series(builder.group(1), base, rest).forEach(name -> names.put(name, labels));
            }
            pairGauges(code).forEach(name -> names.put(name.replace('.', '_'), Set.of("pair")));
        }
        return names;
    }

    private static List<String> series(String kind, String base, String rest) {
        List<String> names = new ArrayList<>();
        switch (kind) {
            case "Counter", "FunctionCounter" -> names.add(base + "_total");
            case "Gauge" -> names.add(base);
            default -> {
                names.addAll(List.of(base + "_count", base + "_sum", base + "_max"));
                if (rest.contains("serviceLevelObjectives")) {
                    names.add(base + "_bucket");
                }
            }
        }
        return names;
    }

    private static List<String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/io/flowblend/api"))) {
            List<String> sources = new ArrayList<>();
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                sources.add(Files.readString(file));
            }
            return sources;
        }
    }
}
