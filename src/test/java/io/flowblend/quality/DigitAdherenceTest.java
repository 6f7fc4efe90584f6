package io.flowblend.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.quality.DigitCaption.Colour;
import io.flowblend.quality.DigitCaption.Direction;
import io.flowblend.quality.DigitCaption.Speed;
import io.flowblend.video.FrameRate;
import io.flowblend.video.Frames;
import io.flowblend.video.Mp4Encoder;
import io.flowblend.video.VideoReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DigitAdherenceTest {
    private static final int COUNT = 17;
    private static final int SIZE = 64;

    static Stream<DigitCaption> captions() {
        return Arrays.stream(Colour.values())
                .flatMap(colour -> Arrays.stream(Direction.values()).flatMap(direction -> Arrays.stream(Speed.values())
                        .map(speed -> new DigitCaption(colour, 3, direction, speed))));
    }

    /** A square of 12 pixels on black whose middle passes the picture's at half time, with noise of the given deviation. */
    private static Frames square(Colour colour, double vx, double vy, double noise) {
        Frames frames = new Frames(COUNT, SIZE, SIZE, new byte[COUNT * SIZE * SIZE * 3]);
        draw(frames, colour, 32, 32, vx, vy);
        Random random = new Random(7);
        for (int i = 0; noise > 0 && i < frames.rgb().length; i++) {
            double value = (frames.rgb()[i] & 0xff) + 255 * noise * random.nextGaussian();
            frames.rgb()[i] = (byte) Math.max(0, Math.min(255, Math.round(value)));
        }
        return frames;
    }

    private static void draw(Frames frames, Colour colour, int middleX, int middleY, double vx, double vy) {
        for (int t = 0; t < frames.count(); t++) {
            int left = (int) Math.round(middleX - 6 + vx * (t - COUNT / 2));
            int top = (int) Math.round(middleY - 6 + vy * (t - COUNT / 2));
            for (int i = 0; i < 144; i++) {
                for (int c = 0; c < 3; c++) {
                    int at = ((t * SIZE + top + i / 12) * SIZE + left + i % 12) * 3 + c;
                    frames.rgb()[at] = (byte) (colour.has(c) ? 255 : 0);
                }
            }
        }
    }

    private static Frames square(DigitCaption caption, double noise) {
        int step = caption.speed().pixelsPerFrame();
        return square(
                caption.colour(),
                caption.direction().x() * step,
                caption.direction().y() * step,
                noise);
    }

    @ParameterizedTest
    @MethodSource("captions")
    void findsWhatTheCaptionSays(DigitCaption caption) {
        DigitAdherence found = DigitAdherence.measure(square(caption, 0), caption);
        assertTrue(found.all());
        assertEquals(1, found.visible());
        int step = caption.speed().pixelsPerFrame();
        assertEquals(caption.direction().x() * step, found.velocityX(), 1e-9);
        assertEquals(caption.direction().y() * step, found.velocityY(), 1e-9);
        assertEquals(step, found.pixelsPerFrame(), 1e-9);
    }

    @ParameterizedTest
    @MethodSource("captions")
    void findsItUnderNoise(DigitCaption caption) {
        DigitAdherence found = DigitAdherence.measure(square(caption, 0.08), caption);
        assertTrue(found.all());
        assertEquals(caption.speed().pixelsPerFrame(), found.pixelsPerFrame(), 0.1);
    }

    @ParameterizedTest
    @MethodSource("captions")
    void findsNothingElse(DigitCaption shown) {
        Frames frames = square(shown, 0);
        captions().forEach(asked -> {
            DigitAdherence found = DigitAdherence.measure(frames, asked);
            boolean colour = asked.colour() == shown.colour();
            boolean direction = colour && asked.direction() == shown.direction();
            assertEquals(colour, found.colour(), "colour of " + asked);
            assertEquals(direction, found.direction(), "direction of " + asked);
            assertEquals(direction && asked.speed() == shown.speed(), found.speed(), "speed of " + asked);
            assertEquals(asked.equals(shown), found.all());
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 128, 255})
    void findsNothingInABlankVideo(int grey) {
        byte[] rgb = new byte[COUNT * SIZE * SIZE * 3];
        Arrays.fill(rgb, (byte) grey);
        captions()
                .forEach(asked -> assertEquals(
                        new DigitAdherence(0, 0, 0, false, false, false),
                        DigitAdherence.measure(new Frames(COUNT, SIZE, SIZE, rgb), asked)));
    }

    @Test
    void findsNothingInNoFrames() {
        DigitCaption asked = new DigitCaption(Colour.RED, 1, Direction.LEFT, Speed.FAST);
        assertEquals(
                new DigitAdherence(0, 0, 0, false, false, false),
                DigitAdherence.measure(new Frames(0, SIZE, SIZE, new byte[0]), asked));
    }

    @Test
    void seesTheColourButNoMotionInAStandingSquare() {
        Frames still = square(Colour.CYAN, 0, 0, 0);
        for (Direction direction : Direction.values()) {
            DigitAdherence found =
                    DigitAdherence.measure(still, new DigitCaption(Colour.CYAN, 0, direction, Speed.SLOWLY));
            assertTrue(found.colour());
            assertFalse(found.direction());
            assertFalse(found.speed());
        }
    }

    @Test
    void seesNoDirectionInADiagonalMotion() {
        Frames diagonal = square(Colour.RED, 1, 1, 0);
        for (Direction direction : Direction.values()) {
            assertFalse(DigitAdherence.measure(diagonal, new DigitCaption(Colour.RED, 0, direction, Speed.SLOWLY))
                    .direction());
        }
    }

    @ParameterizedTest
    @CsvSource({"17,true,true", "14,true,true", "13,false,true", "8,false,true", "7,false,false"})
    void needsTheColourInMostFramesAndTheMotionInHalfOfThem(int shown, boolean colour, boolean direction) {
        DigitCaption asked = new DigitCaption(Colour.BLUE, 5, Direction.DOWN, Speed.SLOWLY);
        Frames frames = square(asked, 0);
        Arrays.fill(frames.rgb(), shown * SIZE * SIZE * 3, frames.rgb().length, (byte) 0);
        DigitAdherence found = DigitAdherence.measure(frames, asked);
        assertEquals(shown / 17.0, found.visible(), 1e-9);
        assertEquals(colour, found.colour());
        assertEquals(direction, found.direction());
    }

    @Test
    void followsEachOfTwoDigitsByItsColour() {
        List<DigitCaption> asked =
                DigitCaption.parse("a red three moves left slowly and a cyan eight moves right slowly");
        Frames frames = square(Colour.RED, -1, 0, 0);
        draw(frames, Colour.CYAN, 32, 50, 1, 0);
        asked.forEach(part -> assertTrue(DigitAdherence.measure(frames, part).all(), part.toString()));
    }

    @ParameterizedTest
    @EnumSource
    void findsItInACompressedFile(Colour colour, @TempDir Path folder) throws IOException {
        DigitCaption caption = new DigitCaption(colour, 3, Direction.UP, Speed.FAST);
        Path file = folder.resolve("clip.mp4");
        new Mp4Encoder().encode(square(caption, 0.03), FrameRate.of(16), Map.of(), file);
        assertTrue(
                DigitAdherence.measure(VideoReader.read(file).frames(), caption).all());
    }

    @Test
    void readsCaptions() {
        assertEquals(
                List.of(
                        new DigitCaption(Colour.RED, 0, Direction.LEFT, Speed.SLOWLY),
                        new DigitCaption(Colour.MAGENTA, 9, Direction.UP, Speed.FAST)),
                DigitCaption.parse(" A red zero moves left slowly and a magenta nine  moves up fast"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|\"\", expected \"a COLOUR DIGIT moves DIRECTION SPEED\"",
                "a red moves left fast|\"a red moves left fast\", expected \"a COLOUR DIGIT moves DIRECTION SPEED\"",
                "a pink one moves left fast|\"pink\", expected one of red, green, blue, yellow, magenta, cyan",
                "a red ten moves left fast|\"ten\", expected one of zero, one, two, three, four, five, six, seven, "
                        + "eight, nine",
                "a red one moves away fast|\"away\", expected one of left, right, up, down",
                "a red one moves left quickly|\"quickly\", expected one of slowly, fast",
                "a red one moves left fast and|\"a red one moves left fast and\", expected \"a COLOUR DIGIT moves DIRECTION SPEED\"",
            })
    void refusesWhatIsNoCaption(String prompt, String message) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> DigitCaption.parse(prompt));
        assertEquals("caption: " + message, refusal.getMessage());
    }
}
