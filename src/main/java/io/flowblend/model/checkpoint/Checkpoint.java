package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.WeightFiles;
import io.flowblend.tensor.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A model's weights by the names of diffusers and transformers, whichever layout its files have: that of diffusers, the original
 * ones of Wan and LTX-Video, ComfyUI's and those of GGUF files, alone or with other parts of a pipeline in one file.
 */
public final class Checkpoint {
    private static final List<String> TRANSFORMER_PREFIXES =
            List.of("", "model.diffusion_model.", "diffusion_model.", "model.", "transformer.");
    private static final List<String> DECODER_PREFIXES = List.of("", "vae.", "first_stage_model.");
    private static final List<String> TEXT_PREFIXES = List.of(
            "",
            "text_encoders.umt5xxl.transformer.",
            "text_encoders.t5xxl.transformer.",
            "umt5xxl.transformer.",
            "t5xxl.transformer.",
            "text_encoder.",
            "transformer.",
            "model.");

    /** Beginnings of the names of parts of a pipeline in one file; a model's own names have none of them. */
    private static final List<String> OTHER_PARTS = List.of(
            "model.diffusion_model.",
            "vae.",
            "first_stage_model.",
            "text_encoders.",
            "text_encoder.",
            "cond_stage_model.");

    private static final List<Layout> TRANSFORMERS = List.of(new WanLayout(), new LtxLayout());
    private static final List<Layout> DECODERS = List.of(new WanVaeLayout(), new LtxVaeLayout());
    private static final List<Layout> TEXT_ENCODERS = List.of(new T5Layout());

    private Checkpoint() {}

    /** A layout that a file has, with what its names begin with. */
    private record Found(Layout layout, String prefix, String mark) {
        WeightFiles named(WeightFiles files) {
            if (prefix.isEmpty()
                    && mark.equals(layout.marks().get(layout.marks().size() - 1))) {
                Function<String, Optional<String>> own = layout.names(mark, files.names());
                boolean asTheyAre =
                        files.names().stream().allMatch(name -> own.apply(name).equals(Optional.of(name)));
                if (asTheyAre) {
                    return files;
                }
            }
            WeightFiles ofPart = files.renamed(this::withoutPrefix);
            return ofPart.renamed(layout.names(mark, ofPart.names()));
        }

        private Optional<String> withoutPrefix(String name) {
            boolean own = prefix.isEmpty() ? OTHER_PARTS.stream().noneMatch(name::startsWith) : name.startsWith(prefix);
            return own ? Optional.of(name.substring(prefix.length())) : Optional.empty();
        }
    }

    /**
     * The weights of a part in {@code source}: a folder or a file.
     *
     * @throws io.flowblend.file.InvalidFileException if they are missing or damaged
     */
    public static WeightFiles weights(Path source, ModelPart part) {
        WeightFiles files = WeightFiles.read(source);
        return found(files.names(), part).map(found -> found.named(files)).orElse(files);
    }

    /** As {@link Weights#load}, of a part in {@code source}. */
    public static <T> T load(Path source, ModelPart part, Placement placement, Function<Weights, T> build) {
        return Weights.load(weights(source, part), placement, build);
    }

    /**
     * The {@code config.json} that a part would have in the layout of diffusers, as its tensors tell; none if they are of no
     * known model.
     *
     * @throws io.flowblend.file.InvalidFileException if the files are damaged, or do not tell what has to be known
     */
    public static Optional<ObjectNode> config(Path source, ModelPart part) {
        WeightFiles files = WeightFiles.read(source);
        return found(files.names(), part).map(found -> found.layout().config(found.named(files)));
    }

    /**
     * The classes that a part may be of, as the names of its tensors tell; none if they are of no known model.
     *
     * @throws io.flowblend.file.InvalidFileException if the files are damaged
     */
    public static Set<String> classes(Path source, ModelPart part) {
        return found(WeightFiles.read(source).names(), part)
                .map(found -> found.layout().classes())
                .orElse(Set.of());
    }

    /**
     * Whether a file of LTX-Video says in its metadata that latent frames are told the time of the first frame that they hold,
     * as models from 0.9.5 on are.
     */
    public static boolean toldCausalTimes(Path source) {
        return Files.isRegularFile(source)
                && LtxMetadata.of(WeightFiles.read(source), "transformer")
                        .path("causal_temporal_positioning")
                        .asBoolean(false);
    }

    private static Optional<Found> found(Set<String> names, ModelPart part) {
        List<Layout> layouts =
                switch (part) {
                    case TRANSFORMER -> TRANSFORMERS;
                    case DECODER -> DECODERS;
                    case TEXT_ENCODER -> TEXT_ENCODERS;
                };
        List<String> prefixes =
                switch (part) {
                    case TRANSFORMER -> TRANSFORMER_PREFIXES;
                    case DECODER -> DECODER_PREFIXES;
                    case TEXT_ENCODER -> TEXT_PREFIXES;
                };
        return layouts.stream()
                .flatMap(layout -> prefixes.stream().flatMap(prefix -> marks(layout, prefix, names)))
                .findFirst();
    }

    private static Stream<Found> marks(Layout layout, String prefix, Set<String> names) {
        return layout.marks().stream()
                .filter(mark -> names.contains(prefix + mark))
                .map(mark -> new Found(layout, prefix, mark));
    }
}
