package io.flowblend.model.pair;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Tells one pair of velocity models from another: SHA-256 over every config and weights file of all of them, in the order of
 * their names, and over how they are used where the files do not say it. Of a file over 64 MiB its size, its first MiB (the header) and 256 blocks of 64 KiB at equal distances are
 * taken, so that 28 GB cost a fraction of a second and a fine-tuned model, whose weights all move, is still told apart.
 */
final class Fingerprint {
    private static final long WHOLE = 64L << 20;
    private static final int HEAD = 1 << 20;
    private static final int BLOCK = 64 << 10;
    private static final int BLOCKS = 256;

    private Fingerprint() {}

    /**
     * 32 hexadecimal digits.
     *
     * @param models each a folder, or the one file that holds it
     * @param use what else the velocities depend on
     */
    static String of(List<Path> models, String use) {
        MessageDigest digest = BuiltInPair.sha256();
        try {
            for (Path model : models) {
                add(digest, model);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        digest.update(use.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private static void add(MessageDigest digest, Path folder) throws IOException {
        for (Path file : files(folder)) {
            digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
            try (FileChannel channel = FileChannel.open(file)) {
                long size = channel.size();
                digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, size));
                if (size <= WHOLE) {
                    update(digest, channel, 0, (int) size);
                } else {
                    update(digest, channel, 0, HEAD);
                    for (int i = 0; i < BLOCKS; i++) {
                        update(digest, channel, HEAD + (size - HEAD - BLOCK) / (BLOCKS - 1) * i, BLOCK);
                    }
                }
            }
        }
    }

    private static List<Path> files(Path model) throws IOException {
        boolean index = model.toString().endsWith(".json");
        if (Files.isRegularFile(model) && !index) {
            Path config = model.resolveSibling("config.json");
            return Files.isRegularFile(config) ? List.of(config, model) : List.of(model);
        }
        try (Stream<Path> entries = Files.list(PairFiles.folderOf(model))) {
            return entries.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void update(MessageDigest digest, FileChannel channel, long from, int length) throws IOException {
        if (length > 0) {
            digest.update(channel.map(FileChannel.MapMode.READ_ONLY, from, length));
        }
    }
}
