package io.flowblend.cli;

import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairLoader;
import io.flowblend.pipeline.PairCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.Placement;
import io.flowblend.tuning.Profiles;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Where pairs come from and which one is meant; the same for every command. */
final class PairOptions {
    @Option(
            names = "--pair",
            scope = ScopeType.INHERIT,
            paramLabel = "ID",
            description = "Pair of models; default: ${DEFAULT-VALUE}.",
            defaultValue = BuiltInPair.ID)
    private String pair = BuiltInPair.ID;

    @Option(
            names = "--data-directory",
            scope = ScopeType.INHERIT,
            paramLabel = "DIR",
            description = "Where the built-in pair is unpacked; default: ${DEFAULT-VALUE}.",
            defaultValue = "${env:FLOWBLEND_DATA_DIRECTORY:-data}")
    private Path dataDirectory = Path.of("data");

    @Option(
            names = "--pairs-directory",
            scope = ScopeType.INHERIT,
            paramLabel = "DIR",
            description = "Folder whose sub-folders hold more pairs (pair.yaml each).",
            defaultValue = "${env:FLOWBLEND_PAIRS_DIRECTORY:-" + Option.NULL_VALUE + "}")
    private @Nullable Path pairsDirectory;

    @Option(
            names = "--profiles-directory",
            scope = ScopeType.INHERIT,
            paramLabel = "DIR",
            description = "Folder with tuning profiles; default: those in the jar.",
            defaultValue = "${env:FLOWBLEND_PROFILES_DIRECTORY:-" + Option.NULL_VALUE + "}")
    private @Nullable Path profilesDirectory;

    @Option(
            names = "--device",
            scope = ScopeType.INHERIT,
            paramLabel = "DEVICE",
            description = "auto, cpu or cuda:N, for pairs that do not say; default: ${DEFAULT-VALUE}.",
            defaultValue = "${env:FLOWBLEND_DEVICE:-auto}")
    private String device = "auto";

    @Option(
            names = "--dtype",
            scope = ScopeType.INHERIT,
            paramLabel = "DTYPE",
            description = "auto, fastest, float32 or bfloat16, for pairs that do not say; default: ${DEFAULT-VALUE}.",
            defaultValue = "${env:FLOWBLEND_DTYPE:-auto}")
    private String dtype = "auto";

    @Option(
            names = "--threads",
            scope = ScopeType.INHERIT,
            paramLabel = "N",
            description = "Threads of large models; 0: measured; default: ${DEFAULT-VALUE}.",
            defaultValue = "${env:FLOWBLEND_THREADS:-0}")
    private int threads;

    PairCatalog open() {
        return open(new MemoryEvidenceStore(ShippedEvidence.packaged()));
    }

    /** @param calibrations what the pairs decide from */
    PairCatalog open(EvidenceStore calibrations) {
        return PairCatalog.open(
                dataDirectory,
                Optional.ofNullable(pairsDirectory),
                Optional.empty(),
                hardware(),
                Profiles.open(Optional.ofNullable(profilesDirectory), "balanced"),
                calibrations,
                FinishedVideos.NONE);
    }

    /** Where data, pairs and profiles lie. */
    Examination.Place place() {
        return new Examination.Place(
                dataDirectory, Optional.ofNullable(pairsDirectory), Optional.ofNullable(profilesDirectory));
    }

    Hardware hardware() {
        try {
            NativeRuntime.fixThreads(threads);
            return new Hardware(Optional.of(device), Optional.empty(), Optional.of(dtype), Optional.empty());
        } catch (IllegalArgumentException e) {
            throw new InvalidFileException("the command line", String.valueOf(e.getMessage()));
        }
    }

    /** Where a large model runs by these options alone. */
    Placement placement() {
        return PairLoader.placementOfLarge(hardware());
    }

    VideoPipeline pipeline(PairCatalog catalog) {
        return pipeline(catalog, pair);
    }

    /** A pair that is named without an option. */
    VideoPipeline pipeline(PairCatalog catalog, String id) {
        return catalog.find(id).orElseThrow(() -> catalog.refused().stream()
                .filter(refusal -> refusal.pair().equals(id))
                .findFirst()
                .map(refusal -> new InvalidFileException("pair '" + id + "'", refusal.reason()))
                .orElseGet(() -> new InvalidFileException(
                        "pair '" + id + "'",
                        "is not there; there are "
                                + catalog.all().stream().map(p -> p.spec().id()).collect(Collectors.joining(", ")))));
    }
}
