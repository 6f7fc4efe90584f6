package io.flowblend.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.LtxPairs;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ExitCode;

/** A tiny LTX-Video pair of distilled models on the command line. */
class GenerateCommandTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path folder;

    @BeforeAll
    static void makePair() throws IOException {
        LtxPairs.makeDistilled(Files.createDirectories(folder.resolve("pairs/tiny-ltx")));
    }

    private static Outcome run(String pair, Path out, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "generate",
                "--pair=" + pair,
                "--prompt=a red seven",
                "--seed=5",
                "--schedule=LSL",
                "--out=" + out,
                "--data-directory=" + folder.resolve("data"),
                "--pairs-directory=" + folder.resolve("pairs")));
        arguments.addAll(Arrays.asList(more));
        return Outcome.of(arguments.toArray(String[]::new));
    }

    private static Path image(String format, int grey) throws IOException {
        BufferedImage image = new BufferedImage(100, 80, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 100 * 80; i++) {
            image.setRGB(i % 100, i / 100, (i % 100) * grey / 100 * 0x010101);
        }
        Path file = folder.resolve("image-" + grey + "." + format);
        assertTrue(ImageIO.write(image, format, file.toFile()));
        return file;
    }

    private static byte[] video(String name, String... more) throws IOException {
        Path out = folder.resolve(name + ".png");
        Outcome outcome = run("tiny-ltx", out, more);
        assertEquals(ExitCode.OK, outcome.code(), outcome.said());
        assertTrue(outcome.said().contains("schedule   LLLSSSSL"), outcome.said());
        BufferedImage frames = ImageIO.read(out.toFile());
        byte[] values = new byte[frames.getWidth() * frames.getHeight()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) frames.getRGB(i % frames.getWidth(), i / frames.getWidth());
        }
        return values;
    }

    @Test
    void goesOnFromTheFirstFrameThatIsGiven() throws IOException {
        byte[] fromText = video("text");
        byte[] fromPng = video("png", "--first-frame", image("png", 255).toString());
        byte[] fromJpeg = video("jpeg", "--input-reference", image("jpeg", 90).toString());
        assertFalse(Arrays.equals(fromText, fromPng));
        assertFalse(Arrays.equals(fromPng, fromJpeg));
        assertArrayEquals(
                fromPng, video("again", "--first-frame", image("png", 255).toString()));
    }

    @Test
    void refusesAFirstFrameWithTheWordsOfTheApi() throws IOException {
        Path text = Files.writeString(folder.resolve("image.txt"), "an image");
        assertRefused("input_reference is neither a PNG, a JPEG, a WebP nor a GIF.", "tiny-ltx", text);
        assertRefused("input_reference: there is no file nowhere.png.", "tiny-ltx", Path.of("nowhere.png"));
        assertRefused(
                "input_reference is not taken by the pair '" + BuiltInPair.ID + "'", BuiltInPair.ID, image("png", 200));
    }

    private static void assertRefused(String expected, String pair, Path image) {
        Path out = folder.resolve("refused.mp4");
        Outcome outcome = run(pair, out, "--first-frame", image.toString());
        assertEquals(ExitCode.USAGE, outcome.code());
        assertTrue(outcome.said().contains("error: " + expected), outcome.said());
        assertFalse(Files.exists(out));
    }

    @Test
    void refusesAnotherNumberOfStepsThanTheListedOnes() {
        Outcome outcome = run("tiny-ltx", folder.resolve("steps.mp4"), "--steps=20");
        assertEquals(ExitCode.USAGE, outcome.code());
        assertTrue(outcome.said().contains("error: num_inference_steps has to be 8"), outcome.said());
    }

    @Test
    void checksTheFileToWriteBeforeAnythingIsLoaded() throws IOException {
        Path taken = Files.createDirectories(folder.resolve("taken.mp4"));
        assertOutRefused("--out: " + taken + " is a folder; name a file in it.", taken);
        Path nowhere = folder.resolve("nowhere/video.mp4");
        assertOutRefused("--out: there is no folder " + nowhere.getParent() + ".", nowhere);
        assertOutRefused("--out: video.avi: unknown video format", folder.resolve("video.avi"));
    }

    private static void assertOutRefused(String expected, Path out) {
        Outcome outcome = run("no-such-pair", out);
        assertEquals(ExitCode.USAGE, outcome.code(), outcome.said());
        assertTrue(outcome.said().contains("error: " + expected), outcome.said());
    }
}
