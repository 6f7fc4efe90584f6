package io.flowblend.learning;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.evidence.Calibrations;
import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.LearningRules;
import io.flowblend.evidence.PairEvidence;
import io.flowblend.file.InvalidFileException;
import io.flowblend.replay.Replayer;
import io.flowblend.request.InvalidRequestException;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.commons.math3.stat.StatUtils;
import org.jspecify.annotations.Nullable;

/**
 * A whole calibration. The first half of the samples measures what the sources do; from it the sources' models are fitted.
 * The second half tries the adaptive policy by these models, at the pair's own step count, a half, a quarter and an
 * eighth of it, and by each mix of sources that the profiles offer: from it promises follow. The pair is served by all of it once all is
 * done. It can be left between two steps, and goes on from its log.
 */
public final class CalibrationRun implements AutoCloseable {
    /** The samples of calibrations begin with this seed, far from those that tests and benchmarks use. */
    static final long FIRST_SEED = 1000;

    /** Below this, fewer steps are no longer a video. */
    private static final int FEWEST_STEPS = 4;

    /** Tuning profiles whose mixes of sources promises are learned for, beside that of requests that name none. */
    private static final List<String> OTHER_PROFILES = List.of("models-only");

    private static final double PERCENT_PROMISED = 95;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Replayer pair;
    private final EvidenceStore store;
    private final CalibrationPlan plan;
    private final OptionalInt steps;
    private final MeasurementLog log;
    private final Supplier<LearningRules> rules;
    private final InstantSource clock;
    private final Calibrations calibrations = new Calibrations();
    private final List<MeasuredSample> measured = new ArrayList<>();
    private final List<Unit> units;
    private PairEvidence sources;
    private @Nullable CalibrationSample sample;
    private @Nullable CalibrationReport report;

    /** One sample to be measured. */
    private record Unit(VideoRequest request, CalibrationSample.Kind kind) {}

    /**
     * Reads what the log holds.
     *
     * @param store that the pair is served from; holds the new evidence in the end
     * @param plan with prompts
     * @param steps solver steps; empty = the pair's own
     * @param rules by which the evidence is judged
     * @throws InvalidFileException if the log is that of another calibration
     */
    public CalibrationRun(
            Replayer pair,
            EvidenceStore store,
            CalibrationPlan plan,
            OptionalInt steps,
            MeasurementLog log,
            Supplier<LearningRules> rules,
            InstantSource clock) {
        this.pair = pair;
        this.store = store;
        this.plan = plan;
        this.steps = steps;
        this.log = log;
        this.rules = rules;
        this.clock = clock;
        this.units = units();
        this.sources = PairEvidence.unknown(pair.pair(), pair.fingerprint());
        log.lines().forEach(line -> take(read(line)));
    }

    private List<Unit> units() {
        List<Unit> all = new ArrayList<>();
        int half = plan.samples() / 2;
        for (int number = 0; number < half; number++) {
            all.add(new Unit(request(number, steps, Optional.empty()), CalibrationSample.Kind.SOURCES));
        }
        for (int number = half; number < plan.samples(); number++) {
            for (OptionalInt count : stepCounts()) {
                for (Optional<String> profile : profiles()) {
                    all.add(new Unit(request(number, count, profile), CalibrationSample.Kind.PROMISES));
                }
            }
        }
        return all;
    }

    /** The prompts in turn, each time with another seed. */
    private VideoRequest request(int number, OptionalInt count, Optional<String> profile) {
        VideoOptions options = VideoOptions.of(
                        plan.prompts().get(number % plan.prompts().size()))
                .withSeed(FIRST_SEED + number)
                .withSchedule("LLL");
        VideoOptions counted = count.isPresent() ? options.withSteps(count.getAsInt()) : options;
        return pair.resolve(profile.map(counted::withProfile).orElse(counted));
    }

    /** The request's own steps, a half, a quarter and an eighth of them, as far as the pair takes them. */
    private List<OptionalInt> stepCounts() {
        int own = request(0, steps, Optional.empty()).steps();
        List<OptionalInt> counts = new ArrayList<>(List.of(OptionalInt.of(own)));
        for (int count = own / 2; count >= Math.max(FEWEST_STEPS, own / 8); count /= 2) {
            if (isPossible(OptionalInt.of(count), Optional.empty())) {
                counts.add(OptionalInt.of(count));
            }
        }
        return counts;
    }

    private List<Optional<String>> profiles() {
        List<Optional<String>> profiles = new ArrayList<>(List.of(Optional.empty()));
        OTHER_PROFILES.stream()
                .map(Optional::of)
                .filter(profile -> isPossible(steps, profile))
                .forEach(profiles::add);
        return profiles;
    }

    private boolean isPossible(OptionalInt count, Optional<String> profile) {
        try {
            request(0, count, profile);
            return true;
        } catch (InvalidRequestException e) {
            return false;
        }
    }

    private MeasuredSample read(String line) {
        try {
            return JSON.readValue(line, MeasuredSample.class);
        } catch (JsonProcessingException e) {
            throw new InvalidFileException(log.name(), "a line is not a measurement of a calibration");
        }
    }

    private void take(MeasuredSample found) {
        int number = measured.size();
        boolean fits = number < units.size()
                && found.number() == number
                && found.fingerprint().equals(pair.fingerprint())
                && found.prompt().equals(units.get(number).request().prompt())
                && found.seed() == units.get(number).request().seed()
                && found.conditions().equals(pair.conditions(units.get(number).request()));
        if (!fits) {
            throw new InvalidFileException(
                    log.name(),
                    "belongs to a calibration of other models, prompts or settings; name another file or remove it");
        }
        measured.add(found);
        if (!found.readings().isEmpty()) {
            sources = found.teach(sources, rules.get());
        }
    }

    /**
     * Measures what was not measured yet, and in the end serves the pair by it.
     *
     * @param giveWay asked after each step; what was begun then waits for the next call
     * @return whether all is done
     * @throws CalibrationFailedException if SMALL failed everywhere
     */
    public boolean advance(BooleanSupplier giveWay) {
        try {
            while (measured.size() < units.size()) {
                if (!measure(giveWay)) {
                    return false;
                }
            }
            if (report == null) {
                report = serve();
            }
            return true;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private boolean measure(BooleanSupplier giveWay) {
        int number = measured.size();
        Unit unit = units.get(number);
        CalibrationSample now = sample;
        if (now == null) {
            now = new CalibrationSample(pair, number, unit.request(), known(unit), unit.kind());
            sample = now;
        }
        if (!now.advance(giveWay)) {
            return false;
        }
        MeasuredSample found = now.measured(clock.instant().getEpochSecond());
        try {
            log.add(JSON.writeValueAsString(found));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a measurement cannot be written as JSON", e);
        }
        take(found);
        close();
        return true;
    }

    private Optional<Calibration> known(Unit unit) {
        boolean anyRead = measured.stream().anyMatch(found -> !found.readings().isEmpty());
        boolean anyProbe = measured.stream()
                .flatMap(found -> found.readings().stream())
                .anyMatch(reading -> reading.source().anchor() == Source.Anchor.PROBE);
        if (!anyProbe && unit.kind().promises()) {
            throw new CalibrationFailedException(
                    "non_finite_output",
                    "The small model gave no finite velocity in any sample; nothing was measured.");
        }
        return anyRead ? Optional.of(calibrations.of(sources, pair.conditions(unit.request()))) : Optional.empty();
    }

    /** Samples that are measured. */
    public int measured() {
        int half = plan.samples() / 2;
        int eachOfTheRest = Math.max(1, (units.size() - half) / Math.max(1, plan.samples() - half));
        return Math.min(measured.size(), half) + Math.max(0, measured.size() - half) / eachOfTheRest;
    }

    /** Share of the work that is done, 0..1; 1 only once the pair is served by it. */
    public double fractionDone() {
        if (report != null) {
            return 1;
        }
        double begun = sample == null ? 0 : sample.fractionDone();
        return Math.min(0.999, (measured.size() + begun) / units.size());
    }

    /** What was found; empty until all is done. */
    public Optional<CalibrationReport> report() {
        return Optional.ofNullable(report);
    }

    private CalibrationReport serve() {
        PairEvidence found = PairEvidence.unknown(pair.pair(), pair.fingerprint());
        for (MeasuredSample one : measured) {
            found = one.teach(found, rules.get());
        }
        StoredProfile stored = stored();
        PairEvidence whole = found.withStoredProfile(stored);
        String bucket = pair.conditions(units.get(0).request()).bucket();
        long now = clock.instant().getEpochSecond();
        store.update(pair.pair(), before -> before.boundTo(pair.fingerprint(), now)
                .without(bucket)
                .merged(whole)
                .withStoredProfile(stored));
        double seconds = measured.stream().mapToDouble(MeasuredSample::seconds).sum();
        Calibration derived =
                calibrations.of(whole, pair.conditions(units.get(0).request()));
        return new CalibrationReport(plan.samples(), seconds, derived);
    }

    /** The pair's stored profile with the deviation that was measured for it. */
    private StoredProfile stored() {
        StoredProfile known = pair.storedProfile();
        double[] deviations = measured.stream()
                .mapToDouble(MeasuredSample::storedProfile)
                .filter(Double::isFinite)
                .toArray();
        OptionalDouble deviation = deviations.length == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(StatUtils.percentile(deviations, PERCENT_PROMISED));
        return new StoredProfile(
                known.early(), known.late(), deviation, units.get(0).request().steps(), known.origin());
    }

    /** Lets go of what is under way. */
    @Override
    public void close() {
        if (sample != null) {
            sample.close();
            sample = null;
        }
    }
}
