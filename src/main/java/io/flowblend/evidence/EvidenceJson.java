package io.flowblend.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.CalibrationJson;
import io.flowblend.calibration.PairState;
import io.flowblend.divergence.Moments;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.divergence.WeightedMoments;
import io.flowblend.file.Fields;
import io.flowblend.file.InvalidFileException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is known about a pair as readable JSON: the form of {@code calibration-data/}, of exports and of the database. Read
 * strictly or not at all. {@code shipped} and {@code learned} may be left out: a file may hold no more than a stored
 * profile.
 */
public final class EvidenceJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private EvidenceJson() {}

    /**
     * @param file name for messages; it must end in {@code .json}
     * @throws InvalidFileException naming file and field
     */
    public static PairEvidence read(String file, InputStream in) {
        return Fields.read(file, in, EvidenceJson::knowledge);
    }

    public static String write(PairEvidence knowledge) {
        return tree(knowledge).toPrettyString() + "\n";
    }

    /** The same as a tree, for embedding in an answer. */
    public static JsonNode tree(PairEvidence knowledge) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("pair", knowledge.pair()).put("fingerprint", knowledge.fingerprint());
        knowledge.storedProfile().ifPresent(profile -> CalibrationJson.put(root, profile));
        knowledge.shipped().ifPresent(shipped -> root.set("shipped", CalibrationJson.tree(shipped)));
        ObjectNode learned = root.putObject("learned");
        ArrayNode buckets = learned.putArray("buckets");
        new TreeMap<>(knowledge.buckets()).forEach((name, bucket) -> putBucket(buckets.addObject(), name, bucket));
        ArrayNode twins = learned.putArray("twins");
        knowledge.twins().forEach(twin -> putTwin(twins.addObject(), twin));
        ArrayNode audits = learned.putArray("audits");
        knowledge.audits().forEach(audit -> putAudit(audits.addObject(), audit));
        putDrift(learned.putObject("audit_drift"), knowledge.auditDrift());
        ArrayNode history = learned.putArray("history");
        knowledge.history().forEach(transition -> putTransition(history.addObject(), transition));
        return root;
    }

    private record Learned(
            Map<String, BucketEvidence> buckets,
            List<TwinRun> twins,
            List<Audit> audits,
            DriftDetector auditDrift,
            List<Transition> history) {}

    private static PairEvidence knowledge(Fields fields) {
        String pair = fields.text("pair");
        String fingerprint = fields.text("fingerprint");
        Optional<Calibration.StoredProfile> profile = fields.optionalObject("stored_profile", CalibrationJson::profile);
        Optional<Calibration> shipped = fields.optionalObject("shipped", CalibrationJson::calibration);
        shipped.ifPresent(calibration -> {
            if (!calibration.pair().equals(pair)) {
                throw new IllegalArgumentException(
                        "shipped.pair must be '" + pair + "', not '" + calibration.pair() + "'");
            }
        });
        Optional<Learned> learned = fields.optionalObject("learned", EvidenceJson::learned);
        if (learned.isPresent()) {
            Learned known = learned.get();
            return new PairEvidence(
                    pair,
                    fingerprint,
                    shipped,
                    profile,
                    known.buckets,
                    known.twins,
                    known.audits,
                    known.auditDrift,
                    known.history);
        }
        return PairEvidence.of(pair, fingerprint, shipped, profile);
    }

    private static Learned learned(Fields fields) {
        Map<String, BucketEvidence> buckets = new LinkedHashMap<>();
        fields.list("buckets", EvidenceJson::bucket).forEach(entry -> {
            if (buckets.put(entry.getKey(), entry.getValue()) != null) {
                throw new IllegalArgumentException("there are two buckets '" + entry.getKey() + "'");
            }
        });
        return new Learned(
                buckets,
                fields.list("twins", EvidenceJson::twin),
                fields.list("audits", EvidenceJson::audit),
                fields.object("audit_drift", EvidenceJson::drift),
                fields.list("history", EvidenceJson::transition));
    }

    private static void putBucket(ObjectNode node, String name, BucketEvidence bucket) {
        node.put("bucket", name)
                .put("state", text(bucket.state()))
                .put("requests", bucket.requests())
                .put("since", bucket.since());
        putMoments(node.putObject("factors"), bucket.factors());
        putMoments(node.putObject("within"), bucket.within());
        putDrift(node.putObject("drift"), bucket.drift());
        ArrayNode bins = node.putArray("bins");
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            BucketEvidence.Bin seen = bucket.bins().get(bin);
            ObjectNode entry = bins.addObject();
            entry.put("sigma_from", SigmaBins.edge(bin)).put("passed", seen.passed());
            putMoments(entry.putObject("relative_l2"), seen.relativeL2());
            putMoments(entry.putObject("cosine"), seen.cosine());
            putRecent(entry.putObject("recent_relative_l2"), seen.recentL2());
            putRecent(entry.putObject("recent_cosine"), seen.recentCosine());
            entry.put("changes", seen.changes());
            putRecent(entry.putObject("change"), seen.change());
        }
    }

    private static Map.Entry<String, BucketEvidence> bucket(Fields fields) {
        String name = fields.text("bucket");
        PairState state = constant("state", fields.text("state"), PairState.class);
        long requests = whole(fields, "requests");
        long since = whole(fields, "since");
        Moments factors = fields.object("factors", EvidenceJson::moments);
        Moments within = fields.object("within", EvidenceJson::moments);
        DriftDetector drift = fields.object("drift", EvidenceJson::drift);
        List<BucketEvidence.Bin> bins = new ArrayList<>();
        for (Map.Entry<Double, BucketEvidence.Bin> row : fields.list("bins", EvidenceJson::bin)) {
            double edge = SigmaBins.edge(Math.min(bins.size(), SigmaBins.COUNT));
            if (Math.abs(row.getKey() - edge) > 1e-6) {
                throw new IllegalArgumentException(
                        "bins[" + bins.size() + "]: sigma_from must be " + edge + ", not " + row.getKey());
            }
            bins.add(row.getValue());
        }
        return Map.entry(name, new BucketEvidence(bins, requests, factors, within, drift, state, since));
    }

    private static Map.Entry<Double, BucketEvidence.Bin> bin(Fields fields) {
        double from = fields.number("sigma_from");
        return Map.entry(
                from,
                new BucketEvidence.Bin(
                        fields.object("relative_l2", EvidenceJson::moments),
                        fields.object("cosine", EvidenceJson::moments),
                        fields.object("recent_relative_l2", EvidenceJson::recent),
                        fields.object("recent_cosine", EvidenceJson::recent),
                        whole(fields, "passed"),
                        fields.object("change", EvidenceJson::recent),
                        whole(fields, "changes")));
    }

    private static void putConditions(ObjectNode node, Conditions conditions) {
        node.put("guidance", conditions.guidance())
                .put("steps", conditions.steps())
                .put("solver", conditions.solver())
                .put("pixels", conditions.pixels())
                .put("frames", conditions.frames())
                .put("from_image", conditions.fromImage());
    }

    private static Conditions conditions(Fields fields) {
        return new Conditions(
                fields.number("guidance"),
                fields.integer("steps"),
                fields.text("solver"),
                whole(fields, "pixels"),
                fields.integer("frames"),
                fields.has("from_image") && fields.flag("from_image")); // not written before there were such videos
    }

    private static void putTwin(ObjectNode node, TwinRun twin) {
        node.put("at", twin.at()).put("deviation", twin.deviation());
        putConditions(node.putObject("conditions"), twin.conditions());
        ArrayNode steps = node.putArray("cheap");
        twin.cheap().forEach(step -> steps.addObject()
                .put("reused", step.reused())
                .put("sigma", step.sigma())
                .put("next_sigma", step.nextSigma())
                .put("relative_l2", step.relativeL2()));
    }

    private static TwinRun twin(Fields fields) {
        return new TwinRun(
                fields.object("conditions", EvidenceJson::conditions),
                fields.list(
                        "cheap",
                        step -> new TwinRun.CheapStep(
                                step.flag("reused"),
                                step.number("sigma"),
                                step.number("next_sigma"),
                                step.number("relative_l2"))),
                fields.number("deviation"),
                whole(fields, "at"));
    }

    private static void putAudit(ObjectNode node, Audit audit) {
        node.put("at", audit.at())
                .put("promised", audit.promised())
                .put("predicted", audit.predicted())
                .put("actual", audit.actual());
        putConditions(node.putObject("conditions"), audit.conditions());
    }

    private static Audit audit(Fields fields) {
        return new Audit(
                fields.object("conditions", EvidenceJson::conditions),
                fields.number("promised"),
                fields.number("predicted"),
                fields.number("actual"),
                whole(fields, "at"));
    }

    private static void putTransition(ObjectNode node, Transition transition) {
        node.put("at", transition.at())
                .put("bucket", transition.bucket())
                .put("from", text(transition.from()))
                .put("to", text(transition.to()))
                .put("cause", text(transition.cause()))
                .put("requests", transition.requests())
                .put("twins", transition.twins())
                .put("audits", transition.audits())
                .put("statistic", transition.statistic())
                .put("limit", transition.limit());
    }

    private static Transition transition(Fields fields) {
        return new Transition(
                whole(fields, "at"),
                fields.text("bucket"),
                constant("from", fields.text("from"), PairState.class),
                constant("to", fields.text("to"), PairState.class),
                constant("cause", fields.text("cause"), Transition.Cause.class),
                whole(fields, "requests"),
                fields.integer("twins"),
                fields.integer("audits"),
                fields.number("statistic"),
                fields.number("limit"));
    }

    private static void putMoments(ObjectNode node, Moments moments) {
        node.put("count", moments.count()).put("mean", moments.mean()).put("m2", moments.m2());
    }

    private static Moments moments(Fields fields) {
        return new Moments(whole(fields, "count"), fields.number("mean"), fields.number("m2"));
    }

    private static void putRecent(ObjectNode node, WeightedMoments recent) {
        node.put("weight", recent.weight()).put("mean", recent.mean()).put("m2", recent.m2());
    }

    private static WeightedMoments recent(Fields fields) {
        return new WeightedMoments(fields.number("weight"), fields.number("mean"), fields.number("m2"));
    }

    private static void putDrift(ObjectNode node, DriftDetector drift) {
        node.put("up", drift.up()).put("down", drift.down());
    }

    private static DriftDetector drift(Fields fields) {
        return new DriftDetector(fields.number("up"), fields.number("down"));
    }

    private static long whole(Fields fields, String key) {
        double value = fields.number(key);
        if (value < 0 || value > 1e15 || value != Math.rint(value)) {
            throw new IllegalArgumentException(key + " must be a whole number from 0 up, not " + value);
        }
        return (long) value;
    }

    private static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static <E extends Enum<E>> E constant(String key, String text, Class<E> type) {
        for (E constant : type.getEnumConstants()) {
            if (text(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(key + " must be one of "
                + List.of(type.getEnumConstants()).toString().toLowerCase(Locale.ROOT) + ", not '" + text + "'");
    }
}
