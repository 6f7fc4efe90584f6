package io.flowblend.video;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OtherFormatsTest {
    private final Path folder;

    OtherFormatsTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private BufferedImage encodeAndRead(VideoEncoder encoder, Frames frames, String name) throws IOException {
        Path file = folder.resolve(name);
        encoder.encode(
                frames, FrameRate.of(16), Map.of("title", "ein grüner Zwölfer 🎬", "comment", "{\"steps\":40}"), file);
        return ImageIO.read(file.toFile());
    }

    /** The part of a picture that shows one frame, as a clip of one frame. */
    private static Frames tile(BufferedImage picture, int left, int top, int height, int width) {
        return Clips.paint(1, height, width, (t, y, x, c) -> picture.getRGB(left + x, top + y) >> (16 - 8 * c) & 0xff);
    }

    @Test
    void gifKeepsFewColoursExactly() throws IOException {
        Frames frames = Clips.strokes(17, 64, 64, 255, 0, 255);
        Path file = folder.resolve("clip.gif");
        new GifEncoder().encode(frames, FrameRate.of(10), Map.of(), file);
        DecodedVideo video = VideoReader.read(file);
        assertEquals("gif", video.codec());
        assertArrayEquals(frames.rgb(), video.frames().rgb());
    }

    @Test
    void gifKeepsManyColoursClosely() throws IOException {
        Frames frames = Clips.smooth(9, 64, 64);
        Path file = folder.resolve("clip.gif");
        new GifEncoder().encode(frames, FrameRate.of(10), Map.of(), file);
        double psnr = Clips.psnr(frames, VideoReader.read(file).frames());
        assertTrue(psnr > 28, "PSNR " + psnr);
    }

    @ParameterizedTest
    @CsvSource({"10,17", "16,17", "24,5", "30,9", "8,1"})
    void gifLoopsForEverAndLastsAsLongAsTheVideo(int fps, int count) throws IOException {
        Path file = folder.resolve("clip.gif");
        new GifEncoder().encode(Clips.smooth(count, 32, 32), FrameRate.of(fps), Map.of(), file);
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int loop = text.indexOf("NETSCAPE2.0\u0003\u0001") + 13;
        assertTrue(loop > 13);
        assertEquals(0, bytes[loop] | bytes[loop + 1]);
        int hundredths = 0;
        for (int at = text.indexOf("!\u00f9\u0004"); at >= 0; at = text.indexOf("!\u00f9\u0004", at + 1)) {
            hundredths += (bytes[at + 4] & 0xff) + (bytes[at + 5] & 0xff) * 256;
        }
        assertEquals(100.0 * count / fps, hundredths, 1);
    }

    @Test
    void pngStripHoldsEveryFrameExactly() throws IOException {
        Frames frames = Clips.smooth(17, 64, 48);
        BufferedImage strip = encodeAndRead(new PngStripEncoder(), frames, "strip.png");
        assertEquals(17 * 48, strip.getWidth());
        assertEquals(64, strip.getHeight());
        for (int i = 0; i < 17; i++) {
            assertArrayEquals(frames.frame(i), tile(strip, 48 * i, 0, 64, 48).rgb(), "frame " + i);
        }
    }

    @Test
    void pngStripGoesOnInANewRowAndPadsTheLastWithBlack() throws IOException {
        Frames frames = Clips.smooth(11, 32, 832);
        BufferedImage strip = encodeAndRead(new PngStripEncoder(), frames, "strip.png");
        assertEquals(4 * 832, strip.getWidth());
        assertEquals(3 * 32, strip.getHeight());
        assertArrayEquals(frames.frame(9), tile(strip, 832, 64, 32, 832).rgb());
        assertArrayEquals(
                new byte[32 * 832 * 3], tile(strip, 3 * 832, 64, 32, 832).rgb());
    }

    @Test
    void pngStripHoldsFramesWiderThanARow() throws IOException {
        BufferedImage strip = encodeAndRead(new PngStripEncoder(), Clips.smooth(2, 2, 5000), "strip.png");
        assertEquals(5000, strip.getWidth());
        assertEquals(4, strip.getHeight());
    }

    @Test
    void pngStripCarriesMetadataThatPngCanHold() throws IOException {
        Path file = folder.resolve("strip.png");
        Map<String, String> metadata = Map.of(
                "title",
                "ein grüner Zwölfer 🎬",
                "schedule",
                "LLSSP",
                "k".repeat(80),
                "too long",
                "ключ",
                "not Latin-1");
        new PngStripEncoder().encode(Clips.smooth(2, 16, 16), FrameRate.of(16), metadata, file);
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        String prompt =
                new String("ein grüner Zwölfer 🎬".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertTrue(bytes.contains("iTXtTitle\0\0\0\0\0" + prompt));
        assertTrue(bytes.contains("iTXtschedule\0\0\0\0\0LLSSP"));
        assertEquals(2, bytes.split("iTXt", -1).length - 1);
    }

    @Test
    void thumbnailShowsTheMiddleFrame() throws IOException {
        Frames frames = Clips.smooth(17, 64, 48);
        BufferedImage thumbnail = encodeAndRead(new Thumbnail(), frames, "thumbnail.jpg");
        assertEquals(48, thumbnail.getWidth());
        assertEquals(64, thumbnail.getHeight());
        double psnr = Clips.psnr(new Frames(1, 64, 48, frames.frame(8)), tile(thumbnail, 0, 0, 64, 48));
        assertTrue(psnr > 35, "PSNR " + psnr);
    }

    @ParameterizedTest
    @CsvSource({"17,16,4,4,0,16", "17,5,3,2,0,16", "3,16,2,2,0,2", "1,16,1,1,0,0", "17,1,1,1,0,0", "81,2,2,1,0,80"})
    void spriteSheetSpreadsItsTilesFromFirstToLast(int count, int max, int columns, int rows, int first, int last)
            throws IOException {
        Frames frames = Clips.smooth(count, 32, 48);
        BufferedImage sheet = encodeAndRead(new SpriteSheet(max), frames, "sheet.jpg");
        assertEquals(columns * 48, sheet.getWidth());
        assertEquals(rows * 32, sheet.getHeight());
        int tiles = Math.min(count, max);
        int x = (tiles - 1) % columns * 48;
        int y = (tiles - 1) / columns * 32;
        assertTrue(Clips.psnr(new Frames(1, 32, 48, frames.frame(first)), tile(sheet, 0, 0, 32, 48)) > 32);
        assertTrue(Clips.psnr(new Frames(1, 32, 48, frames.frame(last)), tile(sheet, x, y, 32, 48)) > 32);
    }

    @Test
    void spriteSheetTilesNeverGoBack() {
        int[] tiles = SpriteSheet.spread(17, 9);
        assertArrayEquals(new int[] {0, 2, 4, 6, 8, 10, 12, 14, 16}, tiles);
    }

    @Test
    void refusesToShowNothing() {
        Frames none = new Frames(0, 64, 64, new byte[0]);
        Path file = folder.resolve("file");
        for (VideoEncoder encoder :
                new VideoEncoder[] {new GifEncoder(), new PngStripEncoder(), new Thumbnail(), new SpriteSheet(4)}) {
            assertThrows(IllegalArgumentException.class, () -> encoder.encode(none, FrameRate.of(16), Map.of(), file));
        }
        assertThrows(IllegalArgumentException.class, () -> new SpriteSheet(0));
        assertTrue(Files.notExists(file));
    }

    @Test
    void theExtensionPicksTheEncoder() {
        assertInstanceOf(Mp4Encoder.class, VideoEncoders.forFile(Path.of("a/b.mp4")));
        assertInstanceOf(GifEncoder.class, VideoEncoders.forFile(Path.of("b.x.GIF")));
        assertInstanceOf(PngStripEncoder.class, VideoEncoders.forFile(Path.of("/b.png")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.avi", "mp4", "clip", "clip.", "folder.mp4/clip", "/"})
    void anUnknownExtensionIsRefusedWithTheKnownOnes(String name) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> VideoEncoders.forFile(Path.of(name)));
        assertTrue(String.valueOf(refusal.getMessage()).endsWith("expected a name that ends in .mp4, .gif or .png"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not a video", "\0\0\0\u0018ftypmp42"})
    void aFileThatIsNoVideoIsRefusedByName(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("clip.mp4"), content);
        var refusal = assertThrows(IOException.class, () -> VideoReader.read(file));
        assertTrue(
                String.valueOf(refusal.getMessage()).startsWith("clip.mp4 cannot be read as a video: "),
                refusal.getMessage());
    }

    @Test
    void aTruncatedVideoIsRefusedByName() throws IOException {
        Path file = folder.resolve("clip.mp4");
        new Mp4Encoder().encode(Clips.smooth(17, 64, 64), FrameRate.of(16), Map.of(), file);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
        assertThrows(IOException.class, () -> VideoReader.read(file));
    }

    @Test
    void aMissingFileIsRefusedByName() {
        var refusal = assertThrows(IOException.class, () -> VideoReader.read(folder.resolve("none.mp4")));
        assertTrue(
                String.valueOf(refusal.getMessage()).startsWith("none.mp4 cannot be read as a video: "),
                refusal.getMessage());
    }
}
