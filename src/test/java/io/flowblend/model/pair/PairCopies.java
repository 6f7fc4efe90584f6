package io.flowblend.model.pair;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** Copies of the built-in pair that tests may damage. */
public final class PairCopies {
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    private PairCopies() {}

    /** A whole copy in {@code parent/name}. */
    public static Path copy(Path parent, String name) throws IOException {
        return copyAll(BuiltInPair.unpack(parent.resolve("source")), parent.resolve(name));
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
