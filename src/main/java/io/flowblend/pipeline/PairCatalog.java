package io.flowblend.pipeline;

import io.flowblend.evidence.EvidenceStore;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairLoader;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.tuning.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The built-in pair and those of a folder, loaded when it is opened. A pair that cannot be loaded is refused by name and
 * keeps no other from being served.
 */
public final class PairCatalog implements PipelineCatalog, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PairCatalog.class.getName());

    private final Map<String, PairPipeline> pipelines = new TreeMap<>();
    private final List<Refusal> refused = new ArrayList<>();
    private final Profiles profiles;
    private final EvidenceStore calibrations;
    private final PairLoader loader;
    private final FinishedVideos finished;
    private final RequestLoras loras;

    /**
     * Where pairs and profiles come from.
     *
     * @param dataDirectory the built-in pair is unpacked below it
     * @param pairsDirectory folder with a sub-folder for each further pair
     * @param profilesDirectory folder with further tuning profiles; one named as a shipped one replaces it
     * @param profile the tuning profile for requests that name none
     */
    public record Sources(
            Path dataDirectory, Optional<Path> pairsDirectory, Optional<Path> profilesDirectory, String profile) {}

    private PairCatalog(
            Profiles profiles,
            EvidenceStore calibrations,
            PairLoader loader,
            FinishedVideos finished,
            RequestLoras loras) {
        this.loras = loras;
        this.profiles = profiles;
        this.calibrations = calibrations;
        this.loader = loader;
        this.finished = finished;
    }

    /**
     * Reads the profiles and loads every pair that is there.
     *
     * @throws InvalidFileException if a profile is not valid, the default one is not there, or the folder of pairs is
     *     not; a bad pair is no reason
     */
    public static PairCatalog open(Sources sources) {
        return open(
                sources.dataDirectory(),
                sources.pairsDirectory(),
                Profiles.open(sources.profilesDirectory(), sources.profile()),
                new MemoryEvidenceStore(ShippedEvidence.packaged()),
                FinishedVideos.NONE);
    }

    /** As the other, and a pair that says nothing about it runs where this machine's kind suggests. */
    public static PairCatalog open(
            Path dataDirectory,
            Optional<Path> pairsDirectory,
            Profiles profiles,
            EvidenceStore calibrations,
            FinishedVideos finished) {
        return open(
                dataDirectory,
                pairsDirectory,
                Optional.empty(),
                PairSpec.Hardware.OPEN,
                profiles,
                calibrations,
                finished);
    }

    /**
     * Loads every pair that is there.
     *
     * @param dataDirectory the built-in pair is unpacked below it
     * @param pairsDirectory folder with a sub-folder for each further pair
     * @param lorasDirectory folder of the LoRA files that requests may name
     * @param hardware where the models of a pair run that says nothing about it
     * @param finished hears of every video
     * @throws InvalidFileException if one of the folders is not there; a bad pair is no reason
     */
    public static PairCatalog open(
            Path dataDirectory,
            Optional<Path> pairsDirectory,
            Optional<Path> lorasDirectory,
            PairSpec.Hardware hardware,
            Profiles profiles,
            EvidenceStore calibrations,
            FinishedVideos finished) {
        PairCatalog catalog = new PairCatalog(
                profiles, calibrations, PairLoader.ofThisMachine(hardware), finished, new RequestLoras(lorasDirectory));
        catalog.add(BuiltInPair.unpack(dataDirectory));
        pairsDirectory.ifPresent(folder -> folders(folder).forEach(catalog::add));
        return catalog;
    }

    private static List<Path> folders(Path parent) {
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new InvalidFileException(parent.toString(), "the folder of pairs cannot be listed");
        }
    }

    private void add(Path folder) {
        String name = String.valueOf(folder.getFileName());
        try {
            String id = PairLoader.describe(folder).id();
            name = id;
            if (pipelines.containsKey(id)) {
                throw new InvalidFileException(folder.toString(), "a pair with the id '" + id + "' is there already");
            }
            ModelPair pair = loader.load(folder);
            pipelines.put(id, new PairPipeline(pair, calibrations, profiles, finished));
            LOG.log(System.Logger.Level.INFO, "pair {0} is loaded from {1}", id, folder);
        } catch (InvalidFileException e) {
            refused.add(new Refusal(name, String.valueOf(e.getMessage())));
            LOG.log(System.Logger.Level.ERROR, "pair {0} is refused: {1}", name, e.getMessage());
        }
    }

    @Override
    public Optional<VideoPipeline> find(String pair) {
        PairPipeline itself = pipelines.get(pair);
        try {
            return itself == null ? loras.find(pair, pipelines) : Optional.of(itself);
        } catch (InvalidFileException e) {
            LOG.log(System.Logger.Level.WARNING, "pair {0} cannot be served: {1}", pair, e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public Optional<VideoPipeline> find(VideoPipeline pair, String lora) {
        return loras.find(RequestLoras.id(pair.spec().id(), lora), pipelines);
    }

    @Override
    public List<String> loras() {
        return loras.names();
    }

    @Override
    public List<VideoPipeline> all() {
        return List.copyOf(pipelines.values());
    }

    @Override
    public List<Refusal> refused() {
        return List.copyOf(refused);
    }

    @Override
    public void close() {
        loras.close();
        pipelines.values().forEach(VideoPipeline::close);
        pipelines.clear();
    }
}
