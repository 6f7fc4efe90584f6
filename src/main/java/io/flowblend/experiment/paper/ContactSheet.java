package io.flowblend.experiment.paper;

import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.ResultLog;
import io.flowblend.replay.Replay;
import io.flowblend.video.PngStripEncoder;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;

/**
 * Frames of one prompt and seed, made in several ways.
 *
 * @param strips in the order {@link #NAMES}
 */
public record ContactSheet(String prompt, long seed, List<Strip> strips) {
    /** What the strips are called. */
    public static final List<String> NAMES = List.of("LLL", "LSL", "adaptive, quality 0.5", "SSS");

    private static final double QUALITY = 0.5;
    private static final int FRAMES = 4;
    private static final int GAP = 6;
    private static final int HEAD = 20;

    /** @param png some frames in a row, base64 */
    public record Strip(String name, String png) {}

    private record Setup(String pair, String lsl, int steps, List<HeldOut> held) {}

    /** Makes what the file does not hold yet. */
    static List<ContactSheet> make(
            ScheduleRuns runs, List<HeldOut> held, String lsl, Path file, String fingerprint, Progress progress) {
        Setup setup = new Setup(fingerprint, lsl, runs.steps(), held);
        ResultLog<ContactSheet> log = ResultLog.open(file, setup, ContactSheet.class);
        List<String> names = List.of(lsl, ScheduleRuns.adaptive(QUALITY), "S".repeat(runs.steps()));
        for (int i = log.results().size(); i < held.size(); i++) {
            log.add(one(runs, held.get(i), names));
            progress.made(String.valueOf(file.getFileName()), i + 1, held.size());
        }
        return log.results();
    }

    private static ContactSheet one(ScheduleRuns runs, HeldOut held, List<String> names) {
        List<String> order = new ArrayList<>(names);
        order.add(0, Replay.LARGE);
        List<Optional<Strip>> strips = new ArrayList<>(
                order.stream().map(any -> Optional.<Strip>empty()).toList());
        runs.watch(held, names, (name, frames) -> {
            int at = order.indexOf(name);
            try {
                byte[] png = PngStripEncoder.row(frames, FRAMES);
                strips.set(
                        at,
                        Optional.of(new Strip(NAMES.get(at), Base64.getEncoder().encodeToString(png))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return new ContactSheet(
                held.prompt(),
                held.seed(),
                strips.stream().map(Optional::orElseThrow).toList());
    }

    /** All of them as one picture: a line a prompt, a column a way. */
    static BufferedImage picture(List<ContactSheet> sheets) {
        List<List<BufferedImage>> strips = sheets.stream()
                .map(sheet -> sheet.strips().stream().map(ContactSheet::read).toList())
                .toList();
        int width = strips.get(0).get(0).getWidth() + GAP;
        int height = strips.get(0).get(0).getHeight() + GAP;
        BufferedImage all =
                new BufferedImage(width * NAMES.size(), HEAD + height * strips.size(), BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = all.createGraphics();
        pen.setColor(Color.WHITE);
        pen.fillRect(0, 0, all.getWidth(), all.getHeight());
        pen.setColor(Color.BLACK);
        for (int column = 0; column < NAMES.size(); column++) {
            pen.drawString(NAMES.get(column), column * width, HEAD - GAP);
            for (int row = 0; row < strips.size(); row++) {
                pen.drawImage(strips.get(row).get(column), column * width, HEAD + row * height, null);
            }
        }
        pen.dispose();
        return all;
    }

    private static BufferedImage read(Strip strip) {
        try {
            return ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(strip.png())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
