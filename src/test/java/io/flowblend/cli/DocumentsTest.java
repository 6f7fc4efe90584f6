package io.flowblend.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What the documents say can be done: links lead somewhere, commands and their options are there, guides are listed. */
class DocumentsTest {
    private static final Path GUIDES = Path.of("src/site/markdown");
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern COMMAND =
            Pattern.compile("(?m)^(?:[A-Z_]+=\\S+ +)*java [^\\n`]*-jar \\S*quarkus-run\\.jar((?: [^\\n`)]*)?)$");
    private static final Pattern WORD = Pattern.compile("[\"']([^\"']*)[\"']|(\\S+)");

    private static Map<Path, String> documents() throws IOException {
        Map<Path, String> texts = new TreeMap<>();
        for (String name : List.of("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")) {
            texts.put(Path.of(name), Files.readString(Path.of(name)));
        }
        try (Stream<Path> guides = Files.list(GUIDES)) {
            for (Path guide :
                    guides.filter(file -> file.toString().endsWith(".md")).toList()) {
                texts.put(guide, Files.readString(guide));
            }
        }
        return texts;
    }

    @Test
    void everyLinkLeadsToAFileAndAHeadingThatAreThere() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Map.Entry<Path, String> document : documents().entrySet()) {
            for (String link : found(LINK, document.getValue())) {
                if (link.matches("[a-z]+:.*")) {
                    continue;
                }
                links++;
                String[] parts = link.split("#", 2);
                Path target = parts[0].isEmpty()
                        ? document.getKey()
                        : Path.of("/")
                                .relativize(Path.of("/")
                                        .resolve(document.getKey())
                                        .resolveSibling(parts[0])
                                        .normalize());
                boolean there = Files.exists(target)
                        && (parts.length == 1
                                || headings(Files.readString(target)).contains(parts[1]));
                if (!there) {
                    broken.add(document.getKey() + ": " + link);
                }
            }
        }
        assertEquals(List.of(), broken);
        assertTrue(links > 50, links + " links");
    }

    /** As web pages name the headings of Markdown. */
    private static Set<String> headings(String text) {
        return text.lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ *", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @Test
    void everyCommandIsOneThatTheJarHas() throws IOException {
        List<String> wrong = new ArrayList<>();
        Set<String> commands = new TreeSet<>();
        CommandLine jar = FlowBlendCommand.commandLine();
        for (Map.Entry<Path, String> document : documents().entrySet()) {
            for (String line : found(COMMAND, document.getValue().replaceAll("\\\\\n *", ""))) {
                String[] arguments = arguments(line);
                try {
                    CommandLine.ParseResult parsed = jar.parseArgs(arguments);
                    commands.add(
                            parsed.hasSubcommand()
                                    ? parsed.subcommand().commandSpec().name()
                                    : "service");
                } catch (ParameterException e) {
                    wrong.add(document.getKey() + ": " + line + ": " + e.getMessage());
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(commands.containsAll(
                Set.of("bench", "calibrate", "doctor", "generate", "inspect", "paper", "service")));
    }

    private static String[] arguments(String line) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(line.replaceFirst(" +#.*$", "").strip());
        while (word.find()) {
            words.add(word.group(1) == null ? word.group(2) : word.group(1));
        }
        return words.toArray(String[]::new);
    }

    @Test
    void readmeListsEveryGuide() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        for (Path document : documents().keySet()) {
            if (document.startsWith(GUIDES)) {
                assertTrue(readme.contains("(" + document + ")"), document + " is not in the README");
            }
        }
        assertFalse(readme.isEmpty());
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).toList();
    }
}
