package io.flowblend.experiment.paper;

import io.flowblend.file.InvalidFileException;
import io.flowblend.video.WholeFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Puts figures into Markdown documents: between {@code <!-- figures: NAME -->} and {@code <!-- end: NAME -->}, a line each.
 *
 * @param blocks Markdown by name
 */
public record Figures(Map<String, String> blocks) {
    /** The block of {@link #ofDeviations}. */
    public static final String DEVIATION = "deviation";

    /** All blocks of {@link #of}. */
    public static final List<String> NAMES = List.of(
            "claims",
            "origin",
            "flops",
            "divergence",
            "boundaries",
            "sweep",
            "measures",
            "compatibility",
            "sheets",
            DEVIATION);

    private static final Pattern MARKED = Pattern.compile("(?s)<!-- figures: (\\S+) -->\\n.*?<!-- end: \\1 -->");
    private static final Pattern BEGIN = Pattern.compile("<!-- figures: (\\S+) -->");

    /** All that the experiments found; pictures lie in {@code images/} beside the document. */
    public static Figures of(PaperResults results) {
        Map<String, String> blocks = new LinkedHashMap<>();
        PaperResults.Origin origin = results.origin();
        blocks.put("claims", Claims.table(results).markdown());
        blocks.put("origin", PaperTables.origin(origin).markdown());
        blocks.put(
                "flops",
                "Linear layers, as the paper counts:\n\n"
                        + PaperTables.flops(results.costs().linear(), origin.steps(), origin.profile())
                                .markdown()
                        + "\nWith attention products:\n\n"
                        + PaperTables.flops(results.costs().total(), origin.steps(), origin.profile())
                                .markdown());
        blocks.put(
                "divergence",
                "![Cosine distance by step](images/" + EvidencePictures.DIVERGENCE + ")\n\n"
                        + PaperTables.stages(results.divergence()).markdown());
        blocks.put(
                "boundaries",
                "![Similarity and Frechet distance as a boundary moves](images/" + EvidencePictures.BOUNDARIES + ")\n\n"
                        + PaperTables.early(results.boundaries()).markdown() + "\n"
                        + PaperTables.late(results.boundaries()).markdown() + "\n"
                        + PaperTables.lateWords(results.boundaries()) + "\n");
        blocks.put(
                "sweep",
                "![Deviation against compute](images/" + EvidencePictures.SWEEP + ")\n\n"
                        + PaperTables.patterns(marked(results)).markdown() + "\nThe adaptive policy:\n\n"
                        + PaperTables.schedules(results.adaptive()).markdown());
        blocks.put("measures", PaperTables.measures(results.stages()).markdown());
        blocks.put(
                "compatibility",
                PaperTables.halfSteps(results.stages(), results.halfSteps(), origin.steps())
                        .markdown());
        blocks.put("sheets", "![Contact sheets](images/" + EvidencePictures.SHEETS + ")\n");
        blocks.putAll(ofDeviations(results.origin(), results.deviations()).blocks());
        return new Figures(blocks);
    }

    /** What deviations look like, alone. */
    public static Figures ofDeviations(PaperResults.Origin origin, List<DeviationBins.Bin> bins) {
        int videos = bins.stream().skip(1).mapToInt(DeviationBins.Bin::runs).sum();
        return new Figures(Map.of(
                DEVIATION,
                "`" + origin.pair() + "`, " + origin.steps() + " steps, " + origin.prompts() + " held-out prompts, "
                        + videos + " videos:\n\n"
                        + DeviationBins.table(bins).markdown()));
    }

    private static List<PaperResults.PatternRow> marked(PaperResults results) {
        return results.sweep().stream()
                .filter(row -> row.kind() != Patterns.Kind.LXX && row.kind() != Patterns.Kind.SXX)
                .toList();
    }

    /**
     * A document with its blocks filled; those that this knows nothing of stay as they are.
     *
     * @throws InvalidFileException if none of its blocks is known, or one has no end
     */
    String filled(String document, Path named) {
        long begun = BEGIN.matcher(document).results().count();
        Matcher found = MARKED.matcher(document);
        long whole = MARKED.matcher(document).results().count();
        if (begun != whole) {
            throw new InvalidFileException(named, "has a block of figures without its end '<!-- end: NAME -->'");
        }
        boolean known = MARKED.matcher(document).results().anyMatch(each -> blocks.containsKey(each.group(1)));
        if (!known) {
            throw new InvalidFileException(
                    named, "has no block '<!-- figures: NAME -->' of " + String.join(", ", blocks.keySet()));
        }
        return found.replaceAll(each -> Matcher.quoteReplacement(block(each.group(1), each.group())));
    }

    private String block(String name, String before) {
        String text = blocks.get(name);
        return text == null
                ? before
                : "<!-- figures: " + name + " -->\n" + text.replace(System.lineSeparator(), "\n") + "<!-- end: " + name
                        + " -->";
    }

    /**
     * Fails as {@link #fill} would, before any work is done.
     *
     * @param names of the blocks that there will be
     */
    public static void check(List<Path> documents, List<String> names) throws IOException {
        Figures later = new Figures(names.stream().collect(Collectors.toMap(name -> name, name -> "")));
        for (Path document : documents) {
            if (!Files.isRegularFile(document)) {
                throw new InvalidFileException(document, "no such file");
            }
            later.filled(Files.readString(document), document);
        }
    }

    /** Writes the blocks into documents. */
    public void fill(List<Path> documents) throws IOException {
        for (Path document : documents) {
            String text = filled(Files.readString(document), document);
            WholeFile.write(document, text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
