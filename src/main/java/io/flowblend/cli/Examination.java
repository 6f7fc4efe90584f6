package io.flowblend.cli;

import io.flowblend.cli.DoctorCommand.Diagnosis;
import io.flowblend.file.InvalidFileException;
import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.model.PromptTokenizer;
import io.flowblend.model.pair.BuiltInPair;
import io.flowblend.model.pair.PairInspection;
import io.flowblend.model.pair.PairLoader;
import io.flowblend.tensor.Devices;
import io.flowblend.tensor.NativeRuntime;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SystemMemory;
import io.flowblend.tuning.TuningProfiles;
import io.flowblend.video.FrameRate;
import io.flowblend.video.Frames;
import io.flowblend.video.Mp4Encoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.h2.Driver;
import org.h2.api.ErrorCode;

/** The checks of {@link DoctorCommand}. None of them changes anything but the built-in pair, which is unpacked. */
final class Examination {
    private static final double GIB = 1 << 30;
    /** Below this, a few videos and the database's journal fill the disk. */
    private static final long LITTLE_DISK = 1L << 30;

    private final Place place;
    private final Supplier<Hardware> hardware;

    /** Where things lie. */
    record Place(Path dataDirectory, Optional<Path> pairsDirectory, Optional<Path> profilesDirectory) {}

    Examination(Place place, Supplier<Hardware> hardware) {
        this.place = place;
        this.hardware = hardware;
    }

    List<Diagnosis> all() {
        List<Diagnosis> found = new ArrayList<>();
        found.add(Diagnosis.good("java", System.getProperty("java.vm.name") + " " + Runtime.version()));
        found.add(dataDirectory());
        Diagnosis natives = checked("libtorch", () -> {
            NativeRuntime.load();
            return "binding " + NativeRuntime.version();
        });
        found.add(natives);
        found.add(checked("ffmpeg", Examination::encode));
        if (natives.good()) {
            found.add(checked("device", this::device));
        }
        found.add(Diagnosis.good("memory", gib(SystemMemory.availableBytes()) + " available"));
        found.add(checked(
                "profiles",
                () -> String.join(
                        ", ", TuningProfiles.all(place.profilesDirectory()).keySet())));
        found.add(database());
        if (natives.good() && found.get(1).good()) {
            pairs(found);
        }
        return found;
    }

    /** Room and right to write, without making the folder. */
    private Diagnosis dataDirectory() {
        Path folder = place.dataDirectory().toAbsolutePath();
        Path there = folder;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            return Diagnosis.wrong(
                    "data directory",
                    folder
                            + " cannot be written. Give this user the right to, or take another one (--data-directory).");
        }
        try {
            long free = Files.getFileStore(there).getUsableSpace();
            String words = folder + ", " + gib(free) + " free";
            return free < LITTLE_DISK
                    ? Diagnosis.wrong("data directory", words + ". Make room, or take another disk (--data-directory).")
                    : Diagnosis.good("data directory", words);
        } catch (IOException e) {
            return Diagnosis.wrong(
                    "data directory", folder + ": its disk cannot be asked for its room: " + e.getMessage());
        }
    }

    /** Writes a video of a few black frames, which takes the H.264 encoder. */
    private static String encode() {
        try {
            Path file = Files.createTempFile("flowblend-doctor", ".mp4");
            try {
                new Mp4Encoder()
                        .encode(new Frames(2, 16, 16, new byte[2 * 16 * 16 * 3]), FrameRate.of(8), Map.of(), file);
                return "writes H.264, " + Files.size(file) + " bytes";
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new InvalidFileException("the folder for temporary files", "cannot be written: " + e.getMessage());
        }
    }

    private String device() {
        Placement large = PairLoader.placementOfLarge(hardware.get());
        if (!Devices.has(large)) {
            throw new InvalidFileException(
                    large.device(),
                    "is not there; there are " + Devices.gpus()
                            + " GPUs. A build with -Pgpu and NVIDIA's driver bring one");
        }
        return large.device() + ", " + large.formatName() + ", " + gib(Devices.availableBytes(large)) + " available, "
                + Devices.gpus() + " GPUs";
    }

    private Diagnosis database() {
        Path file = place.dataDirectory().toAbsolutePath().resolve("flowblend.mv.db");
        if (!Files.exists(file)) {
            return Diagnosis.good("database", "none yet; the service makes it at its first start");
        }
        Properties user = new Properties();
        user.put("user", "flowblend");
        user.put("password", "");
        String url = "jdbc:h2:file:" + file.resolveSibling("flowblend")
                + ";IFEXISTS=TRUE;ACCESS_MODE_DATA=r;TRACE_LEVEL_FILE=0";
        try (Connection connection = new Driver().connect(url, user);
                Statement statement = connection.createStatement();
                ResultSet version = statement.executeQuery(
                        "select max(cast(\"version\" as integer)) from \"flyway_schema_history\" where \"success\"")) {
            version.next();
            return Diagnosis.good("database", file + ", schema version " + version.getInt(1));
        } catch (SQLException e) {
            return e.getErrorCode() == ErrorCode.DATABASE_ALREADY_OPEN_1
                    ? Diagnosis.good("database", file + " is in use by a running service")
                    : Diagnosis.wrong(
                            "database",
                            file + " cannot be read: "
                                    + String.valueOf(e.getMessage())
                                            .lines()
                                            .findFirst()
                                            .orElse("") + " Put back a backup of it.");
        }
    }

    private void pairs(List<Diagnosis> found) {
        List<Path> folders = new ArrayList<>();
        Diagnosis builtIn = checked("pair " + BuiltInPair.ID, () -> {
            Path folder = BuiltInPair.unpack(place.dataDirectory());
            try (PromptTokenizer tokenizer = PromptTokenizer.open(folder.resolve("tokenizer"))) {
                tokenizer.ids("a red seven");
            }
            return pair(folder);
        });
        found.add(builtIn);
        place.pairsDirectory().ifPresent(directory -> {
            try (Stream<Path> entries = Files.list(directory)) {
                entries.filter(Files::isDirectory).sorted().forEach(folders::add);
            } catch (IOException e) {
                found.add(Diagnosis.wrong(
                        "pairs", directory + " cannot be listed. Name another folder (--pairs-directory)."));
            }
        });
        folders.forEach(folder -> found.add(checked("pair " + folder.getFileName(), () -> pair(folder))));
    }

    /** Its memory on each device, against what is there. */
    private String pair(Path folder) {
        PairInspection pair = PairInspection.of(folder, new PairInspection.Size(0, 0, 0), hardware.get());
        StringBuilder words = new StringBuilder(folder.toString());
        for (PairInspection.Memory memory : pair.memory()) {
            Placement placement = Placement.of(memory.device(), memory.dtype());
            words.append(", ").append(gib(memory.atOnce())).append(" of ").append(memory.device());
            if (Devices.has(placement) && memory.atOnce() > Devices.availableBytes(placement)) {
                throw new InvalidFileException(
                        folder.toString(),
                        "takes " + gib(memory.atOnce()) + " of " + memory.device() + ", where "
                                + gib(Devices.availableBytes(placement))
                                + " are available. Free some, or take another device");
            }
        }
        return words.toString();
    }

    /** What {@code check} says, or what is wrong if it throws what an operator can mend. */
    private static Diagnosis checked(String part, Supplier<String> check) {
        try {
            return Diagnosis.good(part, check.get());
        } catch (InvalidFileException | IllegalArgumentException e) {
            return Diagnosis.wrong(part, e.getMessage() + ".");
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            return Diagnosis.wrong(part, "a native library cannot be loaded: " + e.getMessage());
        }
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.2f GiB", bytes / GIB);
    }
}
