package io.flowblend.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.calibration.CalibrationJson;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Range;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.file.Fields;
import io.flowblend.file.InvalidFileException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The evidence about a pair as readable JSON: the form of {@code calibration-data/}, of exports and of the database. Read
 * strictly or not at all; every number has a range. {@code stored_profile} and {@code measured} may be left out: a file may
 * hold no more than a stored profile.
 */
public final class EvidenceJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private EvidenceJson() {}

    /**
     * @param file name for messages; it must end in {@code .json}
     * @throws InvalidFileException naming file and field
     */
    public static PairEvidence read(String file, InputStream in) {
        return Fields.read(file, in, EvidenceJson::evidence);
    }

    public static String write(PairEvidence evidence) {
        return tree(evidence).toPrettyString() + "\n";
    }

    /** The same as a tree, for embedding in an answer. */
    public static JsonNode tree(PairEvidence evidence) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("pair", evidence.pair()).put("fingerprint", evidence.fingerprint());
        evidence.storedProfile().ifPresent(profile -> CalibrationJson.put(root, profile));
        ObjectNode measured = root.putObject("measured");
        ArrayNode buckets = measured.putArray("buckets");
        new TreeMap<>(evidence.buckets()).forEach((name, bucket) -> BucketJson.put(buckets.addObject(), name, bucket));
        ArrayNode twins = measured.putArray("twins");
        evidence.twins().forEach(twin -> putTwin(twins.addObject(), twin));
        ArrayNode promises = measured.putArray("promises");
        evidence.promises().forEach(promise -> putPromise(promises.addObject(), promise));
        ArrayNode audits = measured.putArray("audits");
        evidence.audits().forEach(audit -> putAudit(audits.addObject(), audit));
        ArrayNode history = measured.putArray("history");
        evidence.history().forEach(transition -> putTransition(history.addObject(), transition));
        return root;
    }

    private record Measured(
            Map<String, BucketEvidence> buckets,
            List<TwinRun> twins,
            List<PromiseSample> promises,
            List<Audit> audits,
            List<Transition> history) {
        static final Measured NOTHING = new Measured(Map.of(), List.of(), List.of(), List.of(), List.of());
    }

    private static PairEvidence evidence(Fields fields) {
        String pair = fields.text("pair");
        String fingerprint = fields.text("fingerprint");
        Optional<StoredProfile> profile = fields.optionalObject("stored_profile", CalibrationJson::profile);
        Measured measured =
                fields.optionalObject("measured", EvidenceJson::measured).orElse(Measured.NOTHING);
        return new PairEvidence(
                pair,
                fingerprint,
                profile,
                measured.buckets,
                measured.twins,
                measured.promises,
                measured.audits,
                measured.history);
    }

    private static Measured measured(Fields fields) {
        Map<String, BucketEvidence> buckets = new LinkedHashMap<>();
        fields.list("buckets", BucketJson::bucket).forEach(entry -> {
            if (buckets.put(entry.getKey(), entry.getValue()) != null) {
                throw new IllegalArgumentException("there are two buckets '" + entry.getKey() + "'");
            }
        });
        return new Measured(
                buckets,
                fields.list("twins", EvidenceJson::twin),
                fields.list("promises", EvidenceJson::promise),
                fields.list("audits", EvidenceJson::audit),
                fields.list("history", EvidenceJson::transition));
    }

    private static void putConditions(ObjectNode node, Conditions conditions) {
        node.put("guidance", conditions.guidance())
                .put("steps", conditions.steps())
                .put("solver", conditions.solver())
                .put("pixels", conditions.pixels())
                .put("frames", conditions.frames())
                .put("from_image", conditions.fromImage());
        conditions.lowNoise().ifPresent(low -> node.put("low_guidance", low.guidance())
                .put("boundary", low.boundary()));
    }

    private static Conditions conditions(Fields fields) {
        return new Conditions(
                fields.number("guidance"),
                fields.integer("steps"),
                fields.text("solver"),
                whole(fields, "pixels"),
                fields.integer("frames"),
                fields.flag("from_image"),
                fields.has("boundary")
                        ? Optional.of(new Conditions.LowNoise(fields.number("low_guidance"), fields.number("boundary")))
                        : Optional.empty());
    }

    private static void putTwin(ObjectNode node, TwinRun twin) {
        node.put("at", twin.at()).put("deviation", twin.deviation());
        putConditions(node.putObject("conditions"), twin.conditions());
        ArrayNode steps = node.putArray("steps");
        twin.steps().forEach(step -> steps.addObject()
                .put("source", text(step.source()))
                .put("sigma", step.sigma())
                .put("next_sigma", step.nextSigma())
                .put("residual", step.residual()));
    }

    private static TwinRun twin(Fields fields) {
        return new TwinRun(
                fields.object("conditions", EvidenceJson::conditions),
                fields.list(
                        "steps",
                        step -> new TwinRun.Step(
                                constant("source", step.text("source"), Source.class),
                                step.number("sigma"),
                                step.number("next_sigma"),
                                step.number("residual"))),
                fields.number("deviation"),
                whole(fields, "at"));
    }

    private static void putPromise(ObjectNode node, PromiseSample promise) {
        node.put("at", promise.at())
                .put("bucket", promise.bucket())
                .put("steps", promise.sample().steps())
                .put("mix", promise.sample().mix())
                .put("predicted", promise.sample().predicted())
                .put("actual", promise.sample().actual());
    }

    private static PromiseSample promise(Fields fields) {
        return new PromiseSample(
                Conditions.checkedBucket(fields.text("bucket")),
                new PromiseCurve.Sample(
                        fields.integer("steps"), mix(fields), fields.number("predicted"), fields.number("actual")),
                whole(fields, "at"));
    }

    private static String mix(Fields fields) {
        String mix = fields.text("mix");
        String sources = mix.endsWith(PromiseCurve.FIXED) ? mix.substring(0, mix.length() - 1) : mix;
        if (sources.length() > Source.values().length) {
            throw new IllegalArgumentException("mix must name each source once, not '" + mix + "'");
        }
        sources.chars().forEach(letter -> Source.ofLetter((char) letter));
        return mix;
    }

    private static void putAudit(ObjectNode node, Audit audit) {
        node.put("at", audit.at())
                .put("mix", audit.mix())
                .put("promised", audit.promised())
                .put("predicted", audit.predicted())
                .put("actual", audit.actual());
        putConditions(node.putObject("conditions"), audit.conditions());
    }

    private static Audit audit(Fields fields) {
        return new Audit(
                fields.object("conditions", EvidenceJson::conditions),
                mix(fields),
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
                .put("cause", text(transition.cause()));
        transition.source().ifPresent(source -> node.put("source", text(source)));
        node.put("requests", transition.requests())
                .put("promise_samples", transition.promiseSamples())
                .put("audits", transition.audits())
                .put("statistic", transition.statistic())
                .put("limit", transition.limit());
    }

    private static Transition transition(Fields fields) {
        return new Transition(
                whole(fields, "at"),
                Conditions.checkedBucket(fields.text("bucket")),
                constant("from", fields.text("from"), PairState.class),
                constant("to", fields.text("to"), PairState.class),
                constant("cause", fields.text("cause"), Transition.Cause.class),
                fields.optionalText("source").map(source -> constant("source", source, Source.class)),
                whole(fields, "requests"),
                fields.integer("promise_samples"),
                fields.integer("audits"),
                fields.number("statistic"),
                fields.number("limit"));
    }

    static long whole(Fields fields, String key) {
        double value = fields.number(key);
        if (value < 0 || value > Range.MANY || value != Math.rint(value)) {
            throw new IllegalArgumentException(key + " must be a whole number from 0 up, not " + value);
        }
        return (long) value;
    }

    static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static <E extends Enum<E>> E constant(String key, String text, Class<E> type) {
        for (E constant : type.getEnumConstants()) {
            if (text(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(key + " must be one of "
                + List.of(type.getEnumConstants()).toString().toLowerCase(Locale.ROOT) + ", not '" + text + "'");
    }
}
