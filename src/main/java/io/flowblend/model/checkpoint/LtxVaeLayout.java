package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.tensor.WeightFiles;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** LTX-Video's autoencoder as Lightricks publishes it: each half is one list of blocks, which diffusers groups by resolution. */
final class LtxVaeLayout implements Layout {
    static final String CLASS = "AutoencoderKLLTXVideo";

    private static final String ORIGINAL = "decoder.up_blocks.0.res_blocks.0.conv1.conv.weight";
    private static final String STATISTICS = "per_channel_statistics.";
    private static final String DOWN = "encoder.down_blocks.";
    private static final String UP = "decoder.up_blocks.";

    private static final Renaming NAMES = Renaming.of(
            "res_blocks",
            "resnets",
            "conv_shortcut",
            "conv_shortcut.conv",
            "norm3.norm",
            "norm3",
            "last_time_embedder",
            "time_embedder",
            "last_scale_shift_table",
            "scale_shift_table",
            STATISTICS + "mean-of-means",
            "latents_mean",
            STATISTICS + "std-of-means",
            "latents_std");

    /** What an entry of the original's list is. */
    private enum Kind {
        RESIDUALS,
        WIDENING,
        RESAMPLING;

        static Kind of(Set<String> all, String block) {
            if (all.stream().anyMatch(name -> name.startsWith(block + "res_blocks."))) {
                return RESIDUALS;
            }
            return all.contains(block + "conv1.conv.weight") ? WIDENING : RESAMPLING;
        }
    }

    @Override
    public Set<String> classes() {
        return Set.of(CLASS);
    }

    @Override
    public List<String> marks() {
        return List.of(ORIGINAL, "decoder.mid_block.resnets.0.conv1.conv.weight");
    }

    @Override
    public Function<String, Optional<String>> names(String mark, Set<String> all) {
        if (!mark.equals(ORIGINAL)) {
            return Optional::of;
        }
        Map<String, String> blocks = new HashMap<>();
        addDown(blocks, all);
        addUp(blocks, all);
        return name -> {
            if (name.startsWith(STATISTICS) && !name.endsWith("-of-means")) {
                return Optional.empty();
            }
            String block = name.replaceFirst("^((en|de)coder\\.(down|up)_blocks\\.\\d+\\.).*", "$1");
            return Optional.of(
                    blocks.containsKey(block)
                            ? blocks.get(block) + NAMES.apply(name.substring(block.length()))
                            : NAMES.apply(name));
        };
    }

    /** The encoder's list ends with the residual blocks in the middle. */
    private static void addDown(Map<String, String> blocks, Set<String> all) {
        int stage = -1;
        int count = count(all, DOWN);
        for (int i = 0; i < count; i++) {
            String block = DOWN + i + ".";
            Kind kind = Kind.of(all, block);
            if (kind == Kind.RESIDUALS) {
                stage++;
            }
            blocks.put(
                    block,
                    switch (kind) {
                        case RESIDUALS -> i == count - 1 ? "encoder.mid_block." : DOWN + stage + ".";
                        case WIDENING -> DOWN + stage + ".conv_out.";
                        case RESAMPLING -> DOWN + stage + ".downsamplers.0.";
                    });
        }
    }

    /** The decoder's list begins with them. */
    private static void addUp(Map<String, String> blocks, Set<String> all) {
        int stage = -1;
        int count = count(all, UP);
        for (int i = 0; i < count; i++) {
            String block = UP + i + ".";
            blocks.put(
                    block,
                    switch (Kind.of(all, block)) {
                        case RESIDUALS -> stage < 0 ? "decoder.mid_block." : UP + stage + ".";
                        case WIDENING -> UP + stage + ".conv_in.";
                        case RESAMPLING -> UP + stage + ".upsamplers.0.";
                    });
            if (Kind.of(all, block) == Kind.RESIDUALS) {
                stage++;
            }
        }
    }

    private static int count(Set<String> all, String list) {
        int count = 0;
        for (String block = list + "0."; startsAny(all, block); block = list + count + ".") {
            count++;
        }
        return count;
    }

    private static boolean startsAny(Set<String> all, String prefix) {
        return all.stream().anyMatch(name -> name.startsWith(prefix));
    }

    @Override
    public ObjectNode config(WeightFiles files) {
        return new LtxVaeShapes(files).config();
    }
}
