package io.flowblend.video;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Mp4EncoderTest {
    private final Mp4Encoder encoder = new Mp4Encoder();

    private final Path folder;

    Mp4EncoderTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private DecodedVideo encodeAndRead(Frames frames, int fps, Map<String, String> metadata) throws IOException {
        Path file = folder.resolve("clip.mp4");
        encoder.encode(frames, FrameRate.of(fps), metadata, file);
        return VideoReader.read(file);
    }

    @Test
    void smoothFramesComeBackAlmostUnchanged() throws IOException {
        Frames frames = Clips.smooth(17, 64, 64);
        double psnr = Clips.psnr(frames, encodeAndRead(frames, 16, Map.of()).frames());
        assertTrue(psnr > 38, "PSNR " + psnr);
    }

    @ParameterizedTest
    @CsvSource({"255,255,255", "255,0,0", "0,255,0", "0,0,255", "255,255,0", "255,0,255", "0,255,255"})
    void movingStrokesComeBackWithLittleLoss(int red, int green, int blue) throws IOException {
        Frames frames = Clips.strokes(17, 64, 64, red, green, blue);
        double psnr = Clips.psnr(frames, encodeAndRead(frames, 16, Map.of()).frames());
        assertTrue(psnr > 30, "PSNR " + psnr);
    }

    @ParameterizedTest
    @CsvSource({"255,255,255", "0,0,0", "255,0,0", "0,255,0", "0,0,255", "200,100,50", "128,128,128"})
    void plainColoursComeBackAsTheyWere(int red, int green, int blue) throws IOException {
        byte[] pixels = encodeAndRead(Clips.solid(2, red, green, blue), 8, Map.of())
                .frames()
                .rgb();
        int[] expected = {red, green, blue};
        for (int i = 0; i < pixels.length; i++) {
            assertEquals(expected[i % 3], pixels[i] & 0xff, 4, "byte " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,16,64,64", "17,16,64,64", "5,24,48,80", "81,16,16,32", "3,1,2,2", "2,120,128,16"})
    void describesItselfAsBrowsersExpect(int count, int fps, int height, int width) throws IOException {
        DecodedVideo video = encodeAndRead(Clips.smooth(count, height, width), fps, Map.of());
        assertEquals("h264", video.codec());
        assertEquals("yuv420p", video.pixelFormat());
        assertEquals(fps, video.fps(), 1e-6);
        assertEquals(
                List.of(count, height, width),
                List.of(
                        video.frames().count(),
                        video.frames().height(),
                        video.frames().width()));
        assertTrue(video.fastStart());
    }

    @Test
    void putsTheIndexBeforeTheFramesAndNothingUnneededBetween() throws IOException {
        Path file = folder.resolve("clip.mp4");
        encoder.encode(Clips.smooth(17, 64, 64), FrameRate.of(16), Map.of("title", "t"), file);
        Map<String, Long> boxes = Mp4Boxes.sizes(Files.readAllBytes(file));
        assertEquals(List.of("ftyp", "moov", "free", "mdat"), List.copyOf(boxes.keySet()));
        assertEquals(8, boxes.get("free"));
    }

    @Test
    void carriesPromptAndSettings() throws IOException {
        String settings = "{\"steps\": 40, \"guidance\": 4.0, \"note\": \"a \\\"quoted\\\" word; a = b\"}";
        DecodedVideo video = encodeAndRead(
                Clips.smooth(3, 64, 64), 16, Map.of("title", "a red three moves left slowly", "comment", settings));
        assertEquals("a red three moves left slowly", video.metadata().get("title"));
        assertEquals(settings, video.metadata().get("comment"));
    }

    @Test
    void carriesAnyOtherKeyToo() throws IOException {
        Map<String, String> metadata =
                Map.of("title", "p", "comment", "{}", "flowblend_schedule", "LLSSP", "größe", "64");
        DecodedVideo video = encodeAndRead(Clips.smooth(3, 64, 64), 16, metadata);
        metadata.forEach((key, value) -> assertEquals(value, video.metadata().get(key), key));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Ein grüner Zwölfer 移動する 🎬 ‏שלום", "line one\nline two\ttab", "=;\\\"'[]", " spaces around "})
    void carriesPromptsOfAnyScript(String prompt) throws IOException {
        for (String key : List.of("comment", "other")) {
            DecodedVideo video = encodeAndRead(Clips.smooth(1, 64, 64), 16, Map.of("title", prompt, key, prompt));
            assertEquals(prompt, video.metadata().get("title"));
            assertEquals(prompt, video.metadata().get(key));
        }
    }

    @Test
    void carriesPromptsOfTenThousandCharacters() throws IOException {
        String prompt = "длинный 🎬 ".repeat(1000);
        DecodedVideo video = encodeAndRead(Clips.smooth(2, 64, 64), 16, Map.of("title", prompt, "comment", prompt));
        assertEquals(prompt, video.metadata().get("title"));
        assertEquals(prompt, video.metadata().get("comment"));
        assertTrue(video.fastStart());
    }

    @Test
    void keepsTheRestOfAPromptThatHoldsAZeroCharacter() throws IOException {
        DecodedVideo video = encodeAndRead(Clips.smooth(1, 64, 64), 16, Map.of("title", "before\0after"));
        assertEquals("before after", video.metadata().get("title"));
    }

    @Test
    void equalInputGivesEqualBytesWhateverLiesInFreedMemory() throws IOException {
        Frames clip = Clips.strokes(20, 64, 64, 230, 40, 60);
        byte[] first = encoded(clip);
        Random random = new Random(1);
        for (int repetition = 0; repetition < 25; repetition++) {
            for (int block = 0; block < 40; block++) {
                try (BytePointer garbage = new BytePointer(1L << (10 + random.nextInt(9)))) {
                    byte[] noise = new byte[(int) garbage.capacity()];
                    random.nextBytes(noise);
                    garbage.put(noise);
                }
            }
            assertArrayEquals(first, encoded(clip), "repetition " + repetition);
        }
    }

    private byte[] encoded(Frames clip) throws IOException {
        Path target = folder.resolve("repeated.mp4");
        new Mp4Encoder().encode(clip, FrameRate.of(8), Map.of("title", "x"), target);
        return Files.readAllBytes(target);
    }

    @Test
    void equalInputGivesEqualBytes() throws IOException {
        Frames frames = Clips.strokes(17, 64, 64, 255, 255, 0);
        Map<String, String> forward = new LinkedHashMap<>();
        forward.put("title", "p");
        forward.put("comment", "c");
        forward.put("x", "y");
        Map<String, String> backward = new LinkedHashMap<>();
        backward.put("x", "y");
        backward.put("comment", "c");
        backward.put("title", "p");
        Path one = folder.resolve("one.mp4");
        Path two = folder.resolve("two.mp4");
        encoder.encode(frames, FrameRate.of(16), forward, one);
        encoder.encode(frames, FrameRate.of(16), backward, two);
        assertArrayEquals(Files.readAllBytes(one), Files.readAllBytes(two));
    }

    @Test
    void severalThreadsEncodeAtOnce() throws IOException {
        Frames frames = Clips.strokes(17, 64, 64, 0, 255, 255);
        List<Path> files =
                IntStream.range(0, 8).mapToObj(i -> folder.resolve(i + ".mp4")).toList();
        files.parallelStream().forEach(file -> {
            try {
                encoder.encode(frames, FrameRate.of(16), Map.of("title", "p"), file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        for (Path file : files) {
            assertArrayEquals(Files.readAllBytes(files.get(0)), Files.readAllBytes(file));
        }
    }

    @Test
    void aSizeThatTheCodecCannotDoIsAClearError() {
        Path file = folder.resolve("clip.mp4");
        Frames wide = new Frames(1, 2, 20_000, new byte[2 * 20_000 * 3]);
        var failure = assertThrows(IOException.class, () -> encoder.encode(wide, FrameRate.of(16), Map.of(), file));
        assertTrue(
                String.valueOf(failure.getMessage()).startsWith("opening the encoder libx264 failed: "),
                failure.getMessage());
        assertTrue(Files.notExists(file));
    }

    @ParameterizedTest
    @CsvSource({"63,64", "64,63", "1,1"})
    void refusesOddSizes(int height, int width) {
        Path file = folder.resolve("clip.mp4");
        var refusal = assertThrows(
                IllegalArgumentException.class,
                () -> encoder.encode(Clips.smooth(1, height, width), FrameRate.of(16), Map.of(), file));
        assertEquals(
                "size: " + width + "x" + height + ", expected an even width and height (H.264 in yuv420p)",
                refusal.getMessage());
        assertTrue(Files.notExists(file));
    }

    @Test
    void refusesToEncodeNothing() {
        Frames none = new Frames(0, 64, 64, new byte[0]);
        Path file = folder.resolve("clip.mp4");
        assertThrows(IllegalArgumentException.class, () -> encoder.encode(none, FrameRate.of(16), Map.of(), file));
        assertThrows(IllegalArgumentException.class, () -> FrameRate.of(0));
        assertTrue(Files.notExists(file));
    }

    @Test
    void residentMemoryStaysBoundedOverTwoHundredEncodes() throws IOException {
        Frames frames = Clips.smooth(17, 128, 128);
        Path file = folder.resolve("clip.mp4");
        for (int i = 0; i < 20; i++) {
            encoder.encode(frames, FrameRate.of(16), Map.of("title", "t".repeat(10_000)), file);
        }
        long before = residentKilobytes();
        for (int i = 0; i < 200; i++) {
            encoder.encode(frames, FrameRate.of(16), Map.of("title", "t".repeat(10_000)), file);
        }
        long grown = residentKilobytes() - before;
        // One clip's pictures left behind each time would be 200 * 17 * 128 * 128 * 3 bytes = 163 MB.
        assertTrue(grown < 40_000, "resident size grew by " + grown + " kB");
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
