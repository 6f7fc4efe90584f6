package io.flowblend.model.pair;

import io.flowblend.model.LatentShape;
import io.flowblend.model.PairSpec;
import io.flowblend.model.wan.vae.WanVaeDecoder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Copies of the built-in pair that tests may damage. */
public final class PairCopies {
    /** The pair's files in the project. */
    public static final Path ORIGINAL = Path.of("src/main/resources/pairs", BuiltInPair.ID);

    /** What diffusers makes of the pair: {@code src/test/python/built_in_pair.py} writes it. */
    public static final Path REFERENCE = Path.of("src/test/resources/reference/built-in-pair");

    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    private PairCopies() {}

    /** What the pair describes. */
    public static PairSpec spec() {
        return PairLoader.describe(ORIGINAL);
    }

    /** The latents of a video of the pair's usual size. */
    public static LatentShape latents() {
        PairSpec.Video video = spec().video();
        try (WanVaeDecoder decoder = WanVaeDecoder.load(ORIGINAL.resolve("vae"))) {
            return decoder.latentShape(video.frames(), video.height(), video.width());
        }
    }

    /** A whole copy in {@code parent/name}. */
    public static Path copy(Path parent, String name) throws IOException {
        return copyAll(BuiltInPair.unpack(parent.resolve("source")), parent.resolve(name));
    }

    /** A whole copy in {@code parent/id} under that id. */
    public static Path copyAs(Path parent, String id) throws IOException {
        Path pair = copy(parent, id);
        edit(pair.resolve("pair.yaml"), "id: " + BuiltInPair.ID, "id: " + id);
        return pair;
    }

    /** Copies a folder with all that it holds; answers {@code target}. */
    public static Path copyAll(Path source, Path target) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(source)) {
            files = walk.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Path to = target.resolve(source.relativize(file));
            Files.createDirectories(to.getParent());
            Files.copy(file, to);
        }
        return target;
    }

    /** Replaces {@code from} by {@code to} in a text file of the pair; fails if it is not there. */
    public static void edit(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        if (!text.contains(from)) {
            throw new IllegalArgumentException(file + " has no '" + from + "'");
        }
        Files.writeString(file, text.replace(from, to));
    }

    /** Replaces what the regular expression {@code from} finds first; fails if it finds nothing. */
    static void editFirst(Path file, String from, String to) throws IOException {
        Matcher found = Pattern.compile(from).matcher(Files.readString(file));
        if (!found.find()) {
            throw new IllegalArgumentException(file + " has no '" + from + "'");
        }
        Files.writeString(file, found.replaceFirst(Matcher.quoteReplacement(to)));
    }

    /** Makes every weight of a model NaN, so that it gives NaN, with a header that stays valid. */
    public static void poison(Path model) throws IOException {
        Path file = model.resolve(WEIGHTS);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            channel.read(length, 0);
            long start = 8 + length.getLong(0);
            ByteBuffer nan = ByteBuffer.allocate((int) (channel.size() - start)).order(ByteOrder.LITTLE_ENDIAN);
            while (nan.hasRemaining()) {
                nan.putFloat(Float.NaN);
            }
            channel.write(nan.flip(), start);
        }
    }

    public static Path weights(Path model) {
        return model.resolve(WEIGHTS);
    }
}
