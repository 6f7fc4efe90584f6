package io.flowblend.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.control.RoundedReadings;
import io.flowblend.evidence.MemoryEvidenceStore;
import io.flowblend.evidence.ShippedEvidence;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairCopies;
import io.flowblend.replay.FinishedVideos;
import io.flowblend.request.VideoOptions;
import io.flowblend.request.VideoRequest;
import io.flowblend.sampling.StepRecord;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tuning.Profiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A video that is abandoned and taken up by another process ends as if nothing had happened: two catalogs stand for the two. */
class CheckpointTest {
    private static final int STEPS = 8;

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog first;

    @SuppressWarnings("NullAway.Init")
    private static PairCatalog second;

    @BeforeAll
    static void open(@TempDir Path folder) throws IOException {
        Path pairs = Files.createDirectories(folder.resolve("pairs"));
        PairCopies.edit(copy(pairs, "euler", "solver: unipc", "solver: euler"), "order: 2", "order: 1");
        copy(pairs, "dpmpp", "solver: unipc", "solver: dpm++");
        copy(pairs, "unipc3", "order: 2", "order: 3");
        first = catalog(folder, pairs);
        second = catalog(folder, pairs);
    }

    private static Path copy(Path pairs, String id, String from, String to) throws IOException {
        Path description = PairCopies.copy(pairs, id).resolve("pair.yaml");
        PairCopies.edit(description, "id: " + BuiltInPair.ID, "id: " + id);
        PairCopies.edit(description, from, to);
        return description;
    }

    private static PairCatalog catalog(Path folder, Path pairs) {
        return PairCatalog.open(
                folder.resolve("data"),
                Optional.of(pairs),
                Profiles.open(Optional.empty(), "balanced"),
                new MemoryEvidenceStore(ShippedEvidence.packaged()),
                FinishedVideos.NONE);
    }

    @AfterAll
    static void close() {
        first.close();
        second.close();
    }

    /** Keeps the last state, and ends the run at a step if it is told to. */
    private static final class Keeper implements PipelineListener, Checkpoints {
        private final int last;
        private byte @Nullable [] kept;
        private final List<StepRecord> resumed = new ArrayList<>();
        private int made;

        /** @param last step that is made */
        Keeper(int last, byte @Nullable [] kept) {
            this.last = last;
            this.kept = kept;
        }

        @Override
        public boolean onStep(StepRecord step, double fractionDone) {
            made++;
            return step.step().index() < last;
        }

        @Override
        public Checkpoints checkpoints() {
            return this;
        }

        @Override
        public void onResumed(List<StepRecord> steps) {
            resumed.addAll(steps);
        }

        @Override
        public <T> Optional<T> last(Reader<T> reader) {
            try {
                return kept == null ? Optional.empty() : Optional.of(reader.read(new ByteArrayInputStream(kept)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void offer(int nextStep, Writer writer) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                writer.write(out);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            kept = out.toByteArray();
        }
    }

    private static Optional<GeneratedVideo> generate(
            PairCatalog catalog, VideoRequest request, PipelineListener keeper) {
        return catalog.find(request.pair()).orElseThrow().generate(request, keeper);
    }

    @ParameterizedTest
    @CsvSource({
        BuiltInPair.ID + ", 0.2, ''",
        BuiltInPair.ID + ", 1, ''",
        BuiltInPair.ID + ", 0, LPSRGRSL",
        "unipc3, 0, LPSSRRPL",
        "euler, 0, LPSRPSRL",
        "dpmpp, 0.5, ''",
        "dpmpp, 0, LPSSRRPL"
    })
    void aVideoThatIsTakenUpEndsWithTheSameBytes(String pair, double quality, String schedule) {
        VideoOptions asked =
                VideoOptions.of("a red seven moves left fast").withSteps(STEPS).withSeed(7);
        VideoOptions options = schedule.isEmpty() ? asked.withQuality(quality) : asked.withSchedule(schedule);
        VideoRequest request = first.find(pair).orElseThrow().resolve(options);
        Keeper abandoned = new Keeper(2, null);
        assertTrue(generate(first, request, abandoned).isEmpty());
        // From here on more is known about the pair.
        GeneratedVideo undisturbed =
                generate(first, request, PipelineListener.NONE).orElseThrow();
        Keeper again = new Keeper(4, abandoned.kept);
        assertTrue(generate(second, request, again).isEmpty());
        assertEquals(3, again.resumed.size());
        assertEquals(2, again.made);
        Keeper last = new Keeper(STEPS, again.kept);
        GeneratedVideo video = generate(first, request, last).orElseThrow();

        assertEquals(3, last.made);
        assertEquals(
                undisturbed.report().trace().letters(), video.report().trace().letters());
        assertArrayEquals(undisturbed.frames().rgb(), video.frames().rgb());
        VideoReport expected = undisturbed.report();
        VideoReport report = video.report();
        assertEquals(
                RoundedReadings.of(expected.trace().readings()),
                RoundedReadings.of(report.trace().readings()));
        assertEquals(expected.promise(), report.promise());
        assertEquals(expected.predictedDeviation(), report.predictedDeviation());
        assertEquals(expected.pairState(), report.pairState());
        assertEquals(expected.flops(), report.flops());
    }

    @Test
    void refusesTheStateOfAnotherKindOfWorkerAndSaysWhatItIs() {
        VideoRequest request = first.find(BuiltInPair.ID)
                .orElseThrow()
                .resolve(VideoOptions.of("a red seven moves left fast")
                        .withSteps(STEPS)
                        .withSeed(7));
        Keeper abandoned = new Keeper(2, null);
        generate(first, request, abandoned);
        byte[] kept = Objects.requireNonNull(abandoned.kept);
        try (TensorScope unused = TensorScope.open()) {
            IOException refused = assertThrows(
                    IOException.class,
                    () -> RunCheckpoint.read(new ByteArrayInputStream(kept), "another", Placement.CPU));
            assertTrue(String.valueOf(refused.getMessage()).contains("cpu"), refused.getMessage());
        }
    }
}
