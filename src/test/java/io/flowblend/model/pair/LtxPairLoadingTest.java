package io.flowblend.model.pair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ModelPair;
import io.flowblend.model.PairSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LtxPairLoadingTest {
    private static final String SCHEDULER = "scheduler: scheduler";
    private static final String DYNAMIC = "solver: euler\n  order: 1\n"
            + "  dynamic-shift: {base: 0.95, max: 2.05, base-tokens: 1024, max-tokens: 4096, terminal: 0.1}";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void loadsAllPartsAndFreesThem() throws IOException {
        LtxPairs.make(folder);
        long before = Pointer.totalCount();
        try (ModelPair pair = PairLoader.ofThisMachine().load(folder)) {
            assertEquals(new LatentShape(16, 3, 2, 2), pair.decoder().latentShape(17, 64, 64));
            assertTrue(pair.firstFrameEncoder().isPresent());
            assertEquals(0.3, pair.spec().sampling().guidanceRescale());
        }
        assertEquals(before, Pointer.totalCount());
    }

    @Test
    void theSchedulersFolderAndTheKeysSayTheSame() throws IOException {
        PairSpec.Sampling named = PairLoader.describe(LtxPairs.make(folder)).sampling();
        PairCopies.edit(folder.resolve("pair.yaml"), SCHEDULER, DYNAMIC);
        PairSpec.Sampling written = PairLoader.describe(folder).sampling();
        assertEquals(named, written);
        assertEquals(Optional.of(new PairSpec.DynamicShift(0.95, 2.05, 1024, 4096, 0.1)), written.dynamicShift());
    }

    @Test
    void timestepsTakeThePlaceOfTheSchedulersShiftAndFixTheNumberOfSteps() throws IOException {
        PairSpec spec = PairLoader.describe(LtxPairs.makeDistilled(folder));
        assertEquals(Optional.empty(), spec.sampling().dynamicShift());
        assertEquals(1, spec.sampling().shift(new LatentShape(16, 3, 2, 2)));
        assertEquals(8, spec.sampling().steps());
        assertEquals(OptionalInt.of(8), spec.sampling().fixedSteps());
        assertTrue(spec.video().causalTimes());
        PairCopies.edit(folder.resolve("pair.yaml"), SCHEDULER, "solver: euler\n  order: 1");
        assertEquals(spec.sampling(), PairLoader.describe(folder).sampling());
    }

    @Test
    void spacingLeavesTheNumberOfStepsOpen() throws IOException {
        LtxPairs.make(folder);
        PairCopies.edit(folder.resolve("pair.yaml"), SCHEDULER, SCHEDULER + "\n  spacing: linear-quadratic");
        PairSpec spec = PairLoader.describe(folder);
        assertEquals(
                Optional.of(PairSpec.Timesteps.LINEAR_QUADRATIC),
                spec.sampling().timesteps());
        assertEquals(OptionalInt.empty(), spec.sampling().fixedSteps());
        assertFalse(spec.video().causalTimes());
    }

    @Test
    void stepsAndFramesAreSpacedAsThePipelineThatLargeWasPublishedWithDoes() throws IOException {
        PairSpec without = PairLoader.describe(LtxPairs.make(folder));
        Path index = folder.resolve("model_index.json");
        Files.writeString(index, "{\"_class_name\": \"LTXPipeline\"}");
        assertEquals(without, PairLoader.describe(folder));

        Files.writeString(index, "{\"_class_name\": \"LTXConditionPipeline\"}");
        PairSpec of = PairLoader.describe(folder);
        assertTrue(of.video().causalTimes());
        PairCopies.edit(folder.resolve("pair.yaml"), SCHEDULER, SCHEDULER + "\n  spacing: linear-quadratic");
        assertEquals(of, PairLoader.describe(folder));

        PairCopies.edit(folder.resolve("pair.yaml"), "linear-quadratic", "shifted");
        PairCopies.edit(folder.resolve("pair.yaml"), "fps: 25", "fps: 25\n  frame-times: even");
        assertEquals(without, PairLoader.describe(folder));

        PairCopies.edit(folder.resolve("pair.yaml"), SCHEDULER + "\n  spacing: shifted", DYNAMIC);
        assertEquals(without, PairLoader.describe(folder));

        Files.writeString(index, "{");
        assertRefused("model_index.json: ");
    }

    @Test
    void aDecoderIsToldWhatThePairSays() throws IOException {
        LtxPairs.make(folder);
        assertTrue(PairLoader.describe(folder).decoding().isEmpty());
        PairCopies.edit(
                folder.resolve("pair.yaml"),
                "text-positions: 16",
                "text-positions: 16\ndecoding: {timestep: 0.1, noise-scale: 0}");
        assertEquals(
                Optional.of(new PairSpec.Decoding(0.1, 0)),
                PairLoader.describe(folder).decoding());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            pair.yaml         | scheduler: scheduler | scheduler: nowhere | scheduler_config.json: no such file
            pair.yaml         | scheduler: scheduler | solver: euler      | pair.yaml: 'sampling.order' is missing
            pair.yaml         | steps: 8 | `steps: 8\n  shift: 3` | pair.yaml: 'sampling.shift' is unknown
            pair.yaml         | steps: 8 | `steps: 9\n  timesteps: [1000, 500]` | pair.yaml: sampling: steps has to be 2, the number of timesteps, not 9
            pair.yaml         | steps: 8 | timesteps: [] | timesteps is empty; it needs a value for each step
            pair.yaml         | steps: 8 | timesteps: 8 | 'sampling.timesteps' must be a list of numbers, not 8
            pair.yaml         | steps: 8 | timesteps: [1000, "a"] | 'sampling.timesteps[1]' must be a finite number, not "a"
            pair.yaml         | steps: 8 | timesteps: [1200, 500] | fall from at most 1000 to above 0 (the end at 0 is not listed), which 1200.0 does not
            pair.yaml         | steps: 8 | timesteps: [1000, 500, 500] | which 500.0 does not
            pair.yaml         | steps: 8 | timesteps: [1000, 909, 725, 421, 0] | which 0.0 does not
            pair.yaml         | scheduler: scheduler | `solver: unipc\n  order: 2\n  timesteps: [1000]` | steps has to be 1, the number of timesteps, not 8
            pair.yaml         | steps: 8 | `steps: 8\n  spacing: cosine` | spacing has to be shifted, linear-quadratic, karras, exponential or beta, not 'cosine'
            pair.yaml         | fps: 25 | `fps: 25\n  frame-times: late` | frame-times has to be causal or even, not 'late'
            pair.yaml         | rescale: 0.3 | rescale: 1.3 | guidance-rescale has to be 0..1, not 1.3
            pair.yaml         | rescale: 0.3 | `rescale: 0.3\n  small-guidance: 0.5` | small-guidance has to be 1..100, not 0.5
            pair.yaml         | text-positions: 16 | `text-positions: 16\ndecoding: {timestep: 2, noise-scale: 0}` | timestep has to be 0..1, not 2.0
            large/config.json | LTXVideoTransformer3DModel | FluxTransformer2DModel | supported: WanTransformer3DModel, LTXVideoTransformer3DModel
            small/config.json | LTXVideoTransformer3DModel | WanTransformer3DModel | small/config.json: architecture 'WanTransformer3DModel' is not supported here; supported: LTXVideoTransformer3DModel
            vae/config.json   | AutoencoderKLLTXVideo | AutoencoderKLWan | vae/config.json: architecture 'AutoencoderKLWan' is not supported here; supported: AutoencoderKLLTXVideo
            pair.yaml         | scheduler: scheduler | `solver: unipc\n  order: 2\n  spacing: linear-quadratic` | spacing linear-quadratic goes with the solvers euler and lcm, not with unipc
            text_encoder/config.json | "T5EncoderModel" | "UMT5EncoderModel" | supported: T5EncoderModel
            text_encoder/config.json | gated-gelu | relu | 'feed_forward_proj' is "relu"; supported is gated-gelu
            large/config.json | "num_layers": 2 | "num_layers": 3 | tensor 'transformer_blocks.2.
            small/config.json | "num_layers": 2 | "num_layers": 1 | do not belong to the architecture
            small/config.json | "caption_channels": 24 | "caption_channels": 25 | tensor 'caption_projection.linear_1.weight' has shape [32, 24], expected [32, 25]
            scheduler/scheduler_config.json | "exponential" | "linear" | 'time_shift_type' is "linear"
            """)
    void refusesWhatItCannotServeAndNamesFileAndField(String file, String from, String to, String expected)
            throws IOException {
        LtxPairs.make(folder);
        PairCopies.edit(folder.resolve(file), from, to);
        assertRefused(expected);
    }

    @Test
    void refusesPartsThatDoNotBelongTogether() throws IOException {
        LtxPairs.make(folder);
        Path other = Path.of("src/test/resources/reference/ltx-vae-2/model").toAbsolutePath();
        PairCopies.edit(folder.resolve("pair.yaml"), "decoder: vae", "decoder: " + other);
        assertRefused("'in_channels' is 16, but latent_channels of the decoder is 6: the parts do not belong together");
        PairCopies.edit(folder.resolve("pair.yaml"), "decoder: " + other, "decoder: vae");
        Path patched =
                Path.of("src/test/resources/reference/ltx-transformer-1/model").toAbsolutePath();
        PairCopies.edit(folder.resolve("pair.yaml"), "small: small", "small: " + patched);
        assertRefused("'patch_size' is 2; supported is 1, and 1 for 'patch_size_t'");
    }

    private void assertRefused(String expected) {
        RuntimeException refusal = assertThrows(
                InvalidFileException.class,
                () -> PairLoader.ofThisMachine().load(folder).close());
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains(expected), message);
    }
}
