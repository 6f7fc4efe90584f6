package io.flowblend.cli;

import io.flowblend.request.InvalidRequestException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that a command is going to write, checked before the work begins. */
final class OutputFile {
    private OutputFile() {}

    /**
     * @throws InvalidRequestException if {@code file} is a folder, its folder is not there, or it cannot be written there
     */
    static void check(String option, Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) {
            throw refused(option, file + " is a folder; name a file in it");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw refused(option, "there is no folder " + folder);
        }
        boolean writable = Files.isWritable(folder) && (Files.notExists(file) || Files.isWritable(file));
        if (!writable) {
            throw refused(option, file + " cannot be written");
        }
    }

    private static InvalidRequestException refused(String option, String reason) {
        return new InvalidRequestException(option, option + ": " + reason + ".");
    }
}
