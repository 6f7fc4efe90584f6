package io.flowblend.calibration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.calibration.SourceModel.Cell;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.file.Fields;
import io.flowblend.file.InvalidFileException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A calibration as readable JSON; read strictly or not at all. A cell that no request read carries {@code "prior": true}:
 * it was filled from its neighbours and a prior shape.
 */
public final class CalibrationJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private CalibrationJson() {}

    /**
     * @param file name for messages; it must end in {@code .json}
     * @throws InvalidFileException naming file and field
     */
    public static Calibration read(String file, InputStream in) {
        return Fields.read(file, in, CalibrationJson::calibration);
    }

    public static String write(Calibration calibration) {
        return tree(calibration).toPrettyString() + "\n";
    }

    /** The same as a tree, for embedding in an answer. */
    public static JsonNode tree(Calibration calibration) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("pair", calibration.pair()).put("fingerprint", calibration.fingerprint());
        root.putObject("origin")
                .put("method", calibration.origin().method())
                .put("measured_on", calibration.origin().measuredOn())
                .put("requests", calibration.origin().requests())
                .put("guidance", calibration.origin().guidance());
        root.put("ceiling", calibration.ceiling());
        calibration.storedProfile().ifPresent(profile -> put(root, profile));
        ArrayNode sources = root.putArray("sources");
        calibration.sources().forEach(source -> putSource(sources.addObject(), source));
        ObjectNode promises =
                root.putObject("promises").put("shift", calibration.promises().shift());
        ArrayNode samples = promises.putArray("samples");
        calibration.promises().samples().forEach(sample -> samples.addObject()
                .put("steps", sample.steps())
                .put("mix", sample.mix())
                .put("predicted", sample.predicted())
                .put("actual", sample.actual()));
        return root;
    }

    /** Adds {@code stored_profile}. */
    public static void put(ObjectNode root, StoredProfile profile) {
        ObjectNode node =
                root.putObject("stored_profile").put("early", profile.early()).put("late", profile.late());
        profile.deviation().ifPresent(deviation -> node.put("deviation", deviation)
                .put("measured_steps", profile.measuredSteps()));
        node.put("origin", profile.origin());
    }

    /** Reads what {@link #put} wrote. A deviation without the steps that it was measured at, as once written, is left out. */
    public static StoredProfile profile(Fields fields) {
        boolean measured = fields.has("measured_steps");
        OptionalDouble known = fields.optionalNumber("deviation");
        OptionalDouble deviation = measured ? known : OptionalDouble.empty();
        return new StoredProfile(
                fields.number("early"),
                fields.number("late"),
                deviation,
                measured ? fields.integer("measured_steps") : 1,
                fields.optionalText("origin").orElse(""));
    }

    private static void putSource(ObjectNode node, SourceModel model) {
        node.put("source", text(model.source())).put("exponent", model.exponent());
        ArrayNode bins = node.putArray("bins");
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            ObjectNode entry = bins.addObject();
            entry.put("sigma_from", SigmaBins.edge(bin))
                    .put("sigma_to", SigmaBins.edge(bin + 1))
                    .put("sensitivity", model.sensitivity().get(bin))
                    .put("reading_gain", model.readingGain().get(bin));
            ArrayNode cells = entry.putArray("cells");
            List<Cell> row = model.cells().get(bin);
            for (int distanceClass = 0; distanceClass < row.size(); distanceClass++) {
                putCell(cells.addObject(), distanceClass, row.get(distanceClass));
            }
        }
    }

    private static void putCell(ObjectNode node, int distanceClass, Cell cell) {
        if (distanceClass != AnchorDistance.NONE) {
            node.put("distance", AnchorDistance.centre(distanceClass));
        }
        node.put("prior", cell.count() == 0)
                .put("count", cell.count())
                .put("residual", cell.residual())
                .put("spread", cell.spread())
                .put("gain", cell.gain())
                .put("slope_share", cell.slopeShare());
    }

    private static Calibration calibration(Fields fields) {
        return new Calibration(
                fields.text("pair"),
                fields.text("fingerprint"),
                fields.object(
                        "origin",
                        o -> new Calibration.Origin(
                                o.text("method"), o.text("measured_on"), o.integer("requests"), o.number("guidance"))),
                fields.list("sources", CalibrationJson::source),
                fields.number("ceiling"),
                fields.object(
                        "promises",
                        p -> new PromiseCurve(p.list("samples", CalibrationJson::sample), p.number("shift"))),
                fields.optionalObject("stored_profile", CalibrationJson::profile));
    }

    private static PromiseCurve.Sample sample(Fields fields) {
        return new PromiseCurve.Sample(
                fields.integer("steps"), fields.text("mix"), fields.number("predicted"), fields.number("actual"));
    }

    private record Bin(double from, double to, double sensitivity, double readingGain, List<Cell> cells) {
        Bin {
            Range.check("sensitivity", sensitivity, 1e-9, 1e6);
            Range.check("reading_gain", readingGain, 0, 4);
        }
    }

    private static SourceModel source(Fields fields) {
        Source source = named(fields.text("source"));
        List<Bin> bins = fields.list("bins", CalibrationJson::bin);
        for (int bin = 0; bin < Math.min(SigmaBins.COUNT, bins.size()); bin++) {
            if (Math.abs(bins.get(bin).from - SigmaBins.edge(bin)) > 1e-6
                    || Math.abs(bins.get(bin).to - SigmaBins.edge(bin + 1)) > 1e-6) {
                throw new IllegalArgumentException("bins[" + bin + "]: sigma_from and sigma_to must be "
                        + SigmaBins.edge(bin) + " and " + SigmaBins.edge(bin + 1));
            }
        }
        return new SourceModel(
                source,
                bins.stream().map(Bin::cells).toList(),
                bins.stream().map(Bin::sensitivity).toList(),
                fields.number("exponent"),
                bins.stream().map(Bin::readingGain).toList());
    }

    private static Bin bin(Fields fields) {
        List<Cell> cells = new ArrayList<>();
        for (Placed placed : fields.list("cells", CalibrationJson::cell)) {
            double expected = cells.size() >= AnchorDistance.NONE
                    ? Double.POSITIVE_INFINITY
                    : AnchorDistance.centre(cells.size());
            if (placed.distance != expected) {
                throw new IllegalArgumentException("cells[" + cells.size() + "]: distance must be "
                        + (expected == Double.POSITIVE_INFINITY ? "left out" : String.valueOf(expected)));
            }
            cells.add(placed.cell);
        }
        return new Bin(
                fields.number("sigma_from"),
                fields.number("sigma_to"),
                fields.number("sensitivity"),
                fields.number("reading_gain"),
                cells);
    }

    private record Placed(double distance, Cell cell) {}

    private static Placed cell(Fields fields) {
        double distance = fields.optionalNumber("distance").orElse(Double.POSITIVE_INFINITY);
        boolean prior = fields.flag("prior");
        int count = fields.integer("count");
        if (prior != (count == 0)) {
            throw new IllegalArgumentException("prior must be " + (count == 0) + " where count is " + count);
        }
        return new Placed(
                distance,
                new Cell(
                        count,
                        fields.number("residual"),
                        fields.number("spread"),
                        fields.number("gain"),
                        fields.number("slope_share")));
    }

    private static String text(Source source) {
        return source.name().toLowerCase(Locale.ROOT);
    }

    private static Source named(String text) {
        return Source.CHEAP.stream()
                .filter(source -> text(source).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("source must be one of "
                        + Source.CHEAP.stream().map(CalibrationJson::text).toList()
                        + ", not '" + text + "'"));
    }
}
