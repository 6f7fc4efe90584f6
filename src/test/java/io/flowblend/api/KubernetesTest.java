package io.flowblend.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The manifests for Kubernetes say what the service really has: settings, ports, probes, tables. */
@QuarkusTest
@TestProfile(SharedDatabaseTest.OnPostgres.class)
class KubernetesTest {
    private static final Path FOLDER = Path.of("src/main/kubernetes");

    @Inject
    @SuppressWarnings("NullAway.Init")
    DataSource database;

    private final List<JsonNode> all = read();

    @Test
    void setsOnlyWhatCanBeSet() throws IOException {
        Set<String> known = new TreeSet<>();
        properties(FlowBlendConfig.class, "flowblend", known);
        applicationProperties().stringPropertyNames().forEach(known::add);
        Set<String> names = new TreeSet<>();
        known.forEach(name -> names.add(name.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT)));
        Set<String> set = new TreeSet<>();
        one("ConfigMap", "flowblend").path("data").fieldNames().forEachRemaining(set::add);
        containers().forEach(container -> container.path("env").forEach(variable -> set.add(text(variable, "name"))));
        assertTrue(set.size() > 8, set.toString());
        set.removeAll(names);
        assertEquals(Set.of(), set);
    }

    @Test
    void runsEachRoleOnceAndGivesEachItsPorts() throws IOException {
        Properties settings = applicationProperties();
        for (String role : List.of("api", "worker")) {
            JsonNode container = container(one("Deployment", "flowblend-" + role));
            JsonNode named = variable(container, "FLOWBLEND_ROLE");
            assertEquals(
                    role,
                    FlowBlendConfig.Role.valueOf(text(named, "value").toUpperCase(Locale.ROOT))
                            .name()
                            .toLowerCase(Locale.ROOT));
            assertEquals(settings.getProperty("quarkus.management.port"), port(container, "management"));
        }
        JsonNode api = container(one("Deployment", "flowblend-api"));
        assertEquals(settings.getProperty("quarkus.http.port"), port(api, "http"));
        JsonNode service =
                one("Service", "flowblend").path("spec").path("ports").path(0);
        assertFalse(port(api, text(service, "targetPort")).isEmpty());
    }

    @Test
    void asksProbesAndMetricsThatAreThere() {
        for (JsonNode container : containers()) {
            for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                JsonNode get = container.path(probe).path("httpGet");
                assertEquals("management", text(get, "port"));
                Videos.operations().get(text(get, "path")).then().statusCode(200);
            }
        }
        for (JsonNode deployment : kind("Deployment")) {
            JsonNode told = deployment.at("/spec/template/metadata/annotations");
            Videos.operations().get(text(told, "prometheus.io/path")).then().statusCode(200);
            assertEquals(port(container(deployment), "management"), text(told, "prometheus.io/port"));
        }
    }

    @Test
    void namesOnlyWhatIsThere() {
        Set<String> claims = names("PersistentVolumeClaim");
        for (JsonNode deployment : kind("Deployment")) {
            JsonNode labels = deployment.at("/spec/template/metadata/labels");
            assertEquals(labels, deployment.at("/spec/selector/matchLabels"));
            JsonNode budget = one("PodDisruptionBudget", text(deployment.path("metadata"), "name"));
            assertEquals(labels, budget.at("/spec/selector/matchLabels"));
            Set<String> volumes = new TreeSet<>();
            for (JsonNode volume : deployment.at("/spec/template/spec/volumes")) {
                volumes.add(text(volume, "name"));
                JsonNode claim = volume.path("persistentVolumeClaim").path("claimName");
                assertTrue(claim.isMissingNode() || claims.contains(claim.asText()), claim.asText());
            }
            container(deployment)
                    .path("volumeMounts")
                    .forEach(mount -> assertTrue(volumes.contains(text(mount, "name")), mount.toString()));
        }
        assertEquals(
                one("Deployment", "flowblend-api").at("/spec/template/metadata/labels"),
                one("Service", "flowblend").at("/spec/selector"));
        JsonNode scaled = one("ScaledObject", "flowblend-worker").path("spec");
        assertTrue(names("Deployment").contains(text(scaled.path("scaleTargetRef"), "name")));
        scaled.path("triggers")
                .forEach(trigger -> assertTrue(
                        names("TriggerAuthentication").contains(text(trigger.path("authenticationRef"), "name"))));
        Set<String> files = new TreeSet<>();
        one("Kustomization", "").path("resources").forEach(file -> files.add(file.asText()));
        files.add("kustomization.yaml");
        assertEquals(new TreeSet<>(fileNames()), files);
    }

    @Test
    void scalesByQueriesThatTheDatabaseAnswers() throws Exception {
        for (JsonNode trigger : one("ScaledObject", "flowblend-worker").at("/spec/triggers")) {
            try (Connection connection = database.getConnection();
                    var rows = connection.createStatement().executeQuery(text(trigger.path("metadata"), "query"))) {
                assertTrue(rows.next());
                assertTrue(rows.getDouble(1) >= 0);
            }
        }
    }

    private static void properties(Class<?> group, String prefix, Set<String> names) {
        for (Method method : group.getMethods()) {
            Class<?> type = method.getReturnType();
            String name =
                    prefix + "." + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            if (type.isInterface() && type.getEnclosingClass() == FlowBlendConfig.class) {
                properties(type, name, names);
            } else if (!(type == Map.class && method.getGenericReturnType() instanceof ParameterizedType)) {
                names.add(name);
            }
        }
    }

    private static Properties applicationProperties() throws IOException {
        Properties properties = new Properties();
        try (var in = Files.newBufferedReader(Path.of("src/main/resources/application.properties"))) {
            properties.load(in);
        }
        return properties;
    }

    private static List<String> fileNames() {
        try (var files = Files.list(FOLDER)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<JsonNode> read() {
        List<JsonNode> documents = new ArrayList<>();
        ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
        for (String file : fileNames()) {
            try (var parser = yaml.createParser(FOLDER.resolve(file).toFile())) {
                yaml.readValues(parser, JsonNode.class).forEachRemaining(documents::add);
            } catch (IOException e) {
                throw new AssertionError(file, e);
            }
        }
        return documents;
    }

    private List<JsonNode> kind(String kind) {
        return all.stream().filter(node -> text(node, "kind").equals(kind)).toList();
    }

    private JsonNode one(String kind, String name) {
        List<JsonNode> found = kind(kind).stream()
                .filter(node -> node.path("metadata").path("name").asText().equals(name))
                .toList();
        assertEquals(1, found.size(), kind + " " + name);
        return found.get(0);
    }

    private Set<String> names(String kind) {
        Set<String> names = new TreeSet<>();
        kind(kind).forEach(node -> names.add(text(node.path("metadata"), "name")));
        return names;
    }

    private List<JsonNode> containers() {
        return kind("Deployment").stream().map(KubernetesTest::container).toList();
    }

    private static JsonNode container(JsonNode deployment) {
        return deployment.at("/spec/template/spec/containers/0");
    }

    private static JsonNode variable(JsonNode container, String name) {
        return find(container.path("env"), name).orElseThrow();
    }

    private static String port(JsonNode container, String name) {
        return find(container.path("ports"), name)
                .map(port -> text(port, "containerPort"))
                .orElse("");
    }

    private static Optional<JsonNode> find(JsonNode list, String name) {
        for (JsonNode node : list) {
            if (text(node, "name").equals(name)) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asText();
    }
}
