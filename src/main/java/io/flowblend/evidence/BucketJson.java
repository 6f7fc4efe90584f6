package io.flowblend.evidence;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.Range;
import io.flowblend.calibration.Source;
import io.flowblend.divergence.Moments;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.divergence.WeightedMoments;
import io.flowblend.evidence.CellEvidence.Products;
import io.flowblend.file.Fields;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A bucket as JSON. Cells that no request read are left out. */
final class BucketJson {
    private BucketJson() {}

    static void put(ObjectNode node, String name, BucketEvidence bucket) {
        node.put("bucket", name)
                .put("state", EvidenceJson.text(bucket.state()))
                .put("requests", bucket.requests())
                .put("since", bucket.since())
                .put("until", bucket.until());
        putDrift(node.putObject("audit_drift"), bucket.auditDrift());
        ArrayNode bins = node.putArray("bins");
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            ObjectNode entry = bins.addObject();
            entry.put("sigma_from", SigmaBins.edge(bin))
                    .put("passed", bucket.passed().get(bin));
            putMoments(entry.putObject("cosine"), bucket.cosine().get(bin));
        }
        ArrayNode sources = node.putArray("sources");
        Source.CHEAP.stream()
                .filter(bucket.sources()::containsKey)
                .forEach(source -> putSource(
                        sources.addObject(), source, bucket.sources().getOrDefault(source, SourceEvidence.NONE)));
    }

    static Map.Entry<String, BucketEvidence> bucket(Fields fields) {
        String name = Conditions.checkedBucket(fields.text("bucket"));
        PairState state = EvidenceJson.constant("state", fields.text("state"), PairState.class);
        List<Bin> bins = fields.list("bins", BucketJson::bin);
        for (int bin = 0; bin < Math.min(bins.size(), SigmaBins.COUNT); bin++) {
            if (bins.get(bin).index != bin) {
                throw new IllegalArgumentException("bins[" + bin + "]: sigma_from must be " + SigmaBins.edge(bin));
            }
        }
        Map<Source, SourceEvidence> sources = new EnumMap<>(Source.class);
        fields.list("sources", BucketJson::source).forEach(entry -> {
            if (sources.put(entry.getKey(), entry.getValue()) != null) {
                throw new IllegalArgumentException("sources names " + EvidenceJson.text(entry.getKey()) + " twice");
            }
        });
        return Map.entry(
                name,
                new BucketEvidence(
                        sources,
                        bins.stream().map(Bin::cosine).toList(),
                        bins.stream().map(Bin::passed).toList(),
                        EvidenceJson.whole(fields, "requests"),
                        fields.object("audit_drift", BucketJson::drift),
                        state,
                        EvidenceJson.whole(fields, "since"),
                        EvidenceJson.whole(fields, "until")));
    }

    private record Bin(int index, long passed, Moments cosine) {}

    private static Bin bin(Fields fields) {
        return new Bin(
                index(fields), EvidenceJson.whole(fields, "passed"), fields.object("cosine", m -> moments(m, 0, 2)));
    }

    private static int index(Fields fields) {
        double from = fields.number("sigma_from");
        Range.check("sigma_from", from, 0, 1);
        int bin = SigmaBins.indexOf(from);
        if (Math.abs(from - SigmaBins.edge(bin)) > 1e-6) {
            throw new IllegalArgumentException(
                    "sigma_from must be the edge of a sigma bin, such as " + SigmaBins.edge(bin) + ", not " + from);
        }
        return bin;
    }

    private static void putSource(ObjectNode node, Source source, SourceEvidence evidence) {
        node.put("source", EvidenceJson.text(source));
        putMoments(node.putObject("hardness"), evidence.hardness());
        putDrift(node.putObject("drift"), evidence.drift());
        ArrayNode slopes = node.putArray("slopes");
        evidence.slopes().forEach(slope -> slopes.addObject()
                .put("count", slope.count())
                .put("mean_x", slope.meanX())
                .put("mean_y", slope.meanY())
                .put("xx", slope.xx())
                .put("xy", slope.xy()));
        ArrayNode cells = node.putArray("cells");
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            for (int distanceClass = 0; distanceClass < SourceEvidence.CLASSES; distanceClass++) {
                CellEvidence cell = evidence.cell(bin, distanceClass);
                if (cell.isRead()) {
                    putCell(cells.addObject(), bin, distanceClass, cell);
                }
            }
        }
    }

    private static Map.Entry<Source, SourceEvidence> source(Fields fields) {
        Source source = EvidenceJson.constant("source", fields.text("source"), Source.class);
        List<List<CellEvidence>> cells = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            cells.add(new ArrayList<>(Collections.nCopies(SourceEvidence.CLASSES, CellEvidence.NONE)));
        }
        for (Placed placed : fields.list("cells", BucketJson::cell)) {
            if (cells.get(placed.bin).set(placed.distanceClass, placed.cell).isRead()) {
                throw new IllegalArgumentException("cells names one cell twice: sigma_from "
                        + SigmaBins.edge(placed.bin) + " at distance class " + placed.distanceClass);
            }
        }
        return Map.entry(
                source,
                new SourceEvidence(
                        cells,
                        fields.object("hardness", m -> moments(m, -100, 100)),
                        fields.object("drift", BucketJson::drift),
                        fields.list(
                                "slopes",
                                slope -> new LogSlope(
                                        EvidenceJson.whole(slope, "count"),
                                        slope.number("mean_x"),
                                        slope.number("mean_y"),
                                        slope.number("xx"),
                                        slope.number("xy")))));
    }

    private static void putCell(ObjectNode node, int bin, int distanceClass, CellEvidence cell) {
        node.put("sigma_from", SigmaBins.edge(bin));
        if (distanceClass != AnchorDistance.NONE) {
            node.put("distance", AnchorDistance.centre(distanceClass));
        }
        node.put("count", cell.count())
                .put("weight", cell.residual().weight())
                .put("residual", cell.residual().mean())
                .put("m2", cell.residual().m2())
                .put("ww", cell.mean().ww())
                .put("wa", cell.mean().wa())
                .put("ws", cell.mean().ws())
                .put("aa", cell.mean().aa())
                .put("as", cell.mean().as())
                .put("ss", cell.mean().ss());
    }

    private record Placed(int bin, int distanceClass, CellEvidence cell) {}

    private static Placed cell(Fields fields) {
        int bin = index(fields);
        double distance = fields.optionalNumber("distance").orElse(Double.POSITIVE_INFINITY);
        int distanceClass = AnchorDistance.classOf(Math.max(0, distance));
        if (distanceClass != AnchorDistance.NONE && AnchorDistance.centre(distanceClass) != distance) {
            throw new IllegalArgumentException("distance must be the centre of a class, such as "
                    + AnchorDistance.centre(distanceClass) + ", not " + distance);
        }
        double weight = fields.number("weight");
        double residual = fields.number("residual");
        double m2 = fields.number("m2");
        Range.check("weight", weight, 0, Range.MANY);
        Range.check("residual", residual, 0, 100);
        Range.check("m2", m2, 0, Range.MANY);
        return new Placed(
                bin,
                distanceClass,
                new CellEvidence(
                        EvidenceJson.whole(fields, "count"),
                        new Products(
                                fields.number("ww"),
                                fields.number("wa"),
                                fields.number("ws"),
                                fields.number("aa"),
                                fields.number("as"),
                                fields.number("ss")),
                        new WeightedMoments(weight, residual, m2)));
    }

    private static void putMoments(ObjectNode node, Moments moments) {
        node.put("count", moments.count()).put("mean", moments.mean()).put("m2", moments.m2());
    }

    private static Moments moments(Fields fields, double low, double high) {
        double mean = fields.number("mean");
        double m2 = fields.number("m2");
        Range.check("mean", mean, low, high);
        Range.check("m2", m2, 0, Range.MANY);
        return new Moments(EvidenceJson.whole(fields, "count"), mean, m2);
    }

    private static void putDrift(ObjectNode node, DriftDetector drift) {
        node.put("up", drift.up()).put("down", drift.down());
    }

    private static DriftDetector drift(Fields fields) {
        return new DriftDetector(fields.number("up"), fields.number("down"));
    }
}
