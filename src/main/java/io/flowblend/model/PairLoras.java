package io.flowblend.model;

import io.flowblend.model.lora.Lora;
import java.util.List;
import java.util.Set;

/** The LoRA files of a pair, and which of its models each of them is for. */
public record PairLoras(List<Use> uses) {
    /** None. */
    public static final PairLoras NONE = new PairLoras(List.of());

    /** A velocity model of a pair. */
    public enum Target {
        LARGE,
        LOW_NOISE,
        SMALL
    }

    /** A file and the models that it is merged into. */
    public record Use(Lora lora, Set<Target> targets) {
        public Use {
            targets = Set.copyOf(targets);
        }
    }

    public PairLoras {
        uses = List.copyOf(uses);
    }

    /** Those of one model, in the order in which they are merged. */
    public List<Lora> of(Target target) {
        return uses.stream()
                .filter(use -> use.targets().contains(target))
                .map(Use::lora)
                .toList();
    }
}
