package io.flowblend.calibration;

import static io.flowblend.calibration.Calibration.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.divergence.DivergenceCurve;
import io.flowblend.divergence.Moments;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.file.Fields;
import io.flowblend.file.InvalidFileException;
import java.io.InputStream;
import java.util.List;

/** A calibration as the readable JSON of {@code calibration-data/}; read strictly or not at all. */
public final class CalibrationJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private CalibrationJson() {}

    /**
     * @param file name for messages
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
        root.put("range", calibration.range());
        root.put("ceiling", calibration.ceiling());
        ArrayNode reach = root.putArray("reach");
        calibration.reach().points().forEach(point -> reach.addObject()
                .put("steps", point.steps())
                .put("budget", point.budget())
                .put("deviation", point.deviation()));
        root.put("tightening", calibration.tightening());
        calibration.storedProfile().ifPresent(profile -> put(root, profile));
        ArrayNode bins = root.putArray("bins");
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            DivergenceCurve.Bin seen = calibration.curve().bins().get(bin);
            ObjectNode entry = bins.addObject();
            entry.put("sigma_from", SigmaBins.edge(bin)).put("sigma_to", SigmaBins.edge(bin + 1));
            entry.put("count", seen.relativeL2().count());
            putMoments(entry.putObject("relative_l2"), seen.relativeL2());
            putMoments(entry.putObject("cosine"), seen.cosine());
            entry.put("change_count", seen.change().count());
            putMoments(entry.putObject("change"), seen.change());
            entry.put("sensitivity", calibration.sensitivity().get(bin));
            entry.put("reuse_sensitivity", calibration.reuseSensitivity().get(bin));
            entry.put("response", calibration.response().get(bin));
            entry.put("reuse_response", calibration.reuseResponse().get(bin));
        }
        return root;
    }

    public static void put(ObjectNode root, Calibration.StoredProfile profile) {
        root.putObject("stored_profile")
                .put("early", profile.early())
                .put("late", profile.late())
                .put("source", profile.source());
    }

    public static Calibration.StoredProfile profile(Fields fields) {
        return new Calibration.StoredProfile(fields.number("early"), fields.number("late"), fields.text("source"));
    }

    private static void putMoments(ObjectNode node, Moments moments) {
        node.put("mean", moments.mean()).put("variance", moments.variance());
    }

    public static Calibration calibration(Fields fields) {
        String pair = fields.text("pair");
        String fingerprint = fields.text("fingerprint");
        Calibration.Origin origin = fields.object(
                "origin",
                o -> new Calibration.Origin(
                        o.text("method"), o.text("measured_on"), o.integer("requests"), o.number("guidance")));
        double range = fields.number("range");
        double ceiling = fields.number("ceiling");
        Reach reach = new Reach(fields.list(
                "reach",
                point -> new Reach.Point(
                        point.has("steps") ? point.integer("steps") : 1, // not written before it mattered
                        point.number("budget"),
                        point.number("deviation"))));
        double tightening = fields.number("tightening");
        var profile = fields.optionalObject("stored_profile", CalibrationJson::profile);
        List<BinRow> rows = fields.list("bins", CalibrationJson::row);
        DivergenceCurve curve =
                new DivergenceCurve(rows.stream().map(BinRow::seen).toList());
        for (int bin = 0; bin < rows.size(); bin++) {
            BinRow row = rows.get(bin);
            if (Math.abs(row.from - SigmaBins.edge(bin)) > 1e-6 || Math.abs(row.to - SigmaBins.edge(bin + 1)) > 1e-6) {
                throw new IllegalArgumentException("bins[" + bin + "]: sigma_from and sigma_to must be "
                        + SigmaBins.edge(bin) + " and " + SigmaBins.edge(bin + 1) + ", not " + row.from + " and "
                        + row.to);
            }
        }
        return new Calibration(
                pair,
                fingerprint,
                origin,
                curve,
                rows.stream().map(BinRow::sensitivity).toList(),
                rows.stream().map(BinRow::reuseSensitivity).toList(),
                rows.stream().map(BinRow::response).toList(),
                rows.stream().map(BinRow::reuseResponse).toList(),
                range,
                ceiling,
                reach,
                tightening,
                profile);
    }

    private record BinRow(
            double from,
            double to,
            DivergenceCurve.Bin seen,
            double sensitivity,
            double reuseSensitivity,
            double response,
            double reuseResponse) {
        BinRow {
            within("sensitivity", sensitivity, 1e-9, 1e6);
            within("reuse_sensitivity", reuseSensitivity, 1e-9, 1e6);
            within("response", response, 0, 4);
            within("reuse_response", reuseResponse, 0, 4);
        }
    }

    private static BinRow row(Fields fields) {
        double from = fields.number("sigma_from");
        double to = fields.number("sigma_to");
        int count = fields.integer("count");
        within("count", count, 0, Integer.MAX_VALUE);
        int changeCount = fields.integer("change_count");
        within("change_count", changeCount, 0, Integer.MAX_VALUE);
        return new BinRow(
                from,
                to,
                new DivergenceCurve.Bin(
                        fields.object("relative_l2", m -> moments(m, count, 100)),
                        fields.object("cosine", m -> moments(m, count, 2)),
                        fields.object("change", m -> moments(m, changeCount, 100))),
                fields.number("sensitivity"),
                fields.number("reuse_sensitivity"),
                fields.number("response"),
                fields.number("reuse_response"));
    }

    private static Moments moments(Fields fields, int count, double largest) {
        double mean = fields.number("mean");
        double variance = fields.number("variance");
        within("mean", mean, 0, largest);
        within("variance", variance, 0, largest * largest);
        return Moments.of(count, mean, variance);
    }
}
