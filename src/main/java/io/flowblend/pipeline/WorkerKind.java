package io.flowblend.pipeline;

import io.flowblend.model.ModelPair;
import io.flowblend.tensor.Devices;
import io.flowblend.tensor.NativeRuntime;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What the bytes of a video depend on beyond its request: the build, the models, and the kind of the devices that they run on.
 * Workers of one kind make the same video of the same request.
 */
final class WorkerKind {
    private static final String BUILD = build();

    private WorkerKind() {}

    static String of(ModelPair pair) {
        return String.join(
                ", ",
                List.of(
                        "build " + BUILD,
                        "libtorch " + NativeRuntime.version(),
                        "models " + pair.fingerprint(),
                        Devices.kind(pair.large().placement()),
                        Devices.kind(pair.small().placement())));
    }

    /** The start of the SHA-256 of the service's jar; {@code classes} where it runs from a folder of classes. */
    private static String build() {
        CodeSource source = WorkerKind.class.getProtectionDomain().getCodeSource();
        try {
            Path jar =
                    source == null ? Path.of("") : Path.of(source.getLocation().toURI());
            if (!Files.isRegularFile(jar)) {
                return "classes";
            }
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (IOException | URISyntaxException | IllegalArgumentException e) {
            return "unknown";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
