package io.flowblend.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.flowblend.control.StaticPolicy;
import io.flowblend.request.VideoOptions;
import io.flowblend.sampling.FlowSampler;
import io.flowblend.sampling.Sampled;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.StepListener;
import io.flowblend.tensor.TensorData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScheduleTreeTest {
    private static final int STEPS = 4;

    private MeasuredPair pair;

    @BeforeAll
    void load(@TempDir Path folder) {
        pair = new MeasuredPair(folder);
    }

    @AfterAll
    void close() {
        pair.close();
    }

    private void open(Consumer<SamplingSpec> work) {
        pair.pipeline()
                .open(
                        pair.pipeline()
                                .resolve(VideoOptions.of(HeldOut.of(0).prompt())
                                        .withSteps(STEPS)
                                        .withSeed(1)),
                        request -> {
                            work.accept(request.fromNoise());
                            return STEPS;
                        });
    }

    private static float[] plain(SamplingSpec whole, String letters) {
        try (Sampled sampled =
                new FlowSampler().sample(whole, StaticPolicy.of(letters, letters.length(), 0, 0), StepListener.NONE)) {
            return TensorData.toFloats(sampled.latents());
        }
    }

    @Test
    void endsWherePlainRunsEndBitForBit() {
        open(whole -> {
            Map<String, float[]> ends = new LinkedHashMap<>();
            ScheduleTree.run(
                    whole,
                    List.of("LLLL", "LSSL", "LSLS", "SSLL", "LLRL", "LRRS", "LRSL"),
                    StepListener.NONE,
                    (letters, latents) -> ends.put(letters, TensorData.toFloats(latents)));
            assertEquals(List.of("LLLL", "LLRL", "LRRS", "LRSL", "LSLS", "LSSL", "SSLL"), List.copyOf(ends.keySet()));
            ends.forEach((letters, end) -> assertArrayEquals(plain(whole, letters), end, letters));
        });
    }

    @Test
    void makesEveryCommonBeginningOnce() {
        List<String> all = new ArrayList<>();
        for (int bits = 0; bits < 8; bits++) {
            all.add("L" + letter(bits, 4) + letter(bits, 2) + letter(bits, 1));
        }
        open(whole -> {
            AtomicInteger made = new AtomicInteger();
            AtomicInteger ended = new AtomicInteger();
            ScheduleTree.run(whole, all, step -> made.incrementAndGet(), (letters, end) -> ended.incrementAndGet());
            assertEquals(1 + 2 + 4 + 8, made.get());
            assertEquals(8, ended.get());
        });
    }

    private static char letter(int bits, int bit) {
        return (bits & bit) == 0 ? 'L' : 'S';
    }

    @Test
    void leavesNoNativeMemoryBehind() {
        open(whole -> {
            List<String> schedules = List.of("LLLL", "LSSL", "LSLS", "SSLL");
            ScheduleTree.run(whole, schedules, StepListener.NONE, (letters, latents) -> {});
            long before = Pointer.totalCount();
            ScheduleTree.run(whole, schedules, StepListener.NONE, (letters, latents) -> {});
            assertEquals(before, Pointer.totalCount());
        });
    }
}
