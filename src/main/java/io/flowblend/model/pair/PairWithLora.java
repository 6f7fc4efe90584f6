package io.flowblend.model.pair;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairLoras;
import io.flowblend.model.PairLoras.Target;
import io.flowblend.model.PairSpec;
import io.flowblend.model.TwoExperts;
import io.flowblend.model.VelocityModel;
import io.flowblend.model.checkpoint.Checkpoint;
import io.flowblend.model.checkpoint.ModelPart;
import io.flowblend.model.lora.Lora;
import io.flowblend.model.lora.LoraMerge;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A loaded pair with one LoRA file more. Its velocity models are loaded when they are first used; text encoder and decoder are
 * those of the pair.
 */
public final class PairWithLora {
    private PairWithLora() {}

    /**
     * @param id of the result
     * @throws InvalidFileException naming the first tensor that does not fit the large model. A small model that the file does not fit
     *     goes without it
     */
    public static ModelPair of(ModelPair pair, String id, Lora lora) {
        PairSpec spec = pair.spec();
        if (spec.script().isPresent()) {
            throw new InvalidFileException(lora.file(), "a LoRA file does not go with TorchScript models");
        }
        requireFits(lora, spec.large());
        Set<Target> targets = EnumSet.of(Target.LARGE, Target.LOW_NOISE);
        spec.lowNoise().ifPresent(low -> requireFits(lora, low.model()));
        if (fits(lora, spec.small())) {
            targets.add(Target.SMALL);
        }
        List<PairLoras.Use> uses = new ArrayList<>(spec.loras().uses());
        uses.add(new PairLoras.Use(lora, targets));
        PairSpec with = spec.with(id, new PairLoras(uses));
        ModelFamily family = ModelFamily.of(with);
        VelocityModel large = pair.large() instanceof TwoExperts experts
                ? experts.with(
                        lazy(family, with, spec.large(), Target.LARGE),
                        lazy(family, with, spec.lowNoise().orElseThrow().model(), Target.LOW_NOISE))
                : lazy(family, with, spec.large(), Target.LARGE).apply(pair.large());
        return new ModelPair(
                with,
                PairLoader.fingerprint(with, ""),
                large,
                lazy(family, with, spec.small(), Target.SMALL).apply(pair.small()),
                pair.textEncoder(),
                pair.decoder(),
                pair.firstFrameEncoder());
    }

    private static UnaryOperator<VelocityModel> lazy(ModelFamily family, PairSpec spec, Path folder, Target target) {
        return like -> new LazyModel(
                like,
                () -> family.velocityModel(
                        folder, like.placement(), spec.loras().of(target)));
    }

    private static void requireFits(Lora lora, Path model) {
        LoraMerge.requireFits(lora, Checkpoint.weights(model, ModelPart.TRANSFORMER));
    }

    private static boolean fits(Lora lora, Path model) {
        try {
            requireFits(lora, model);
            return true;
        } catch (InvalidFileException e) {
            return false;
        }
    }
}
