package io.flowblend.jobs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A PostgreSQL server in a process of its own, from the binaries that Maven brought. PostgreSQL refuses to run as root: there
 * it runs as {@code nobody}. It ends with this process.
 */
public final class PostgresServer {
    private static final String BINARIES = "/postgres-linux-x86_64.txz";
    private static final String USER = "flowblend";

    private final Path folder;
    private final int port;
    private final AtomicInteger databases = new AtomicInteger();

    private static final class Shared {
        static final PostgresServer SERVER = new PostgresServer();
    }

    private PostgresServer() {
        try {
            folder = Files.createTempDirectory("flowblend-postgres-");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            Path archive = folder.resolve("postgres.txz");
            try (InputStream binaries = PostgresServer.class.getResourceAsStream(BINARIES)) {
                if (binaries == null) {
                    throw new IllegalStateException("no " + BINARIES + " on the class path");
                }
                Files.copy(binaries, archive, StandardCopyOption.REPLACE_EXISTING);
            }
            run("tar", "-xJf", archive.toString(), "-C", folder.toString());
            Files.delete(archive);
            port = freePort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Path data = folder.resolve("data");
        if (isRoot()) {
            run("install", "-d", "-o", "nobody", data.toString());
        }
        runUnprivileged(binary("initdb"), "-D", data.toString(), "-A", "trust", "-U", USER, "-E", "UTF8", "-N");
        String settings = "-c fsync=off -c unix_socket_directories='' -c listen_addresses=127.0.0.1 -c port=" + port;
        String log = data.resolve("log").toString();
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
        runUnprivileged(binary("pg_ctl"), "-D", data.toString(), "-l", log, "-o", settings, "-w", "start");
    }

    /** The one server of this process, started with its first use. */
    public static PostgresServer shared() {
        return Shared.SERVER;
    }

    /** Makes an empty database; answers its URL, which names the user too. */
    public String newDatabase() {
        String name = "test" + databases.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(url("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return url(name);
    }

    /** Cuts every connection to the databases, as a network or a restart would. */
    public void cutConnections() {
        try (Connection connection = DriverManager.getConnection(url("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname like 'test%'");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs a server until standard input ends; prints what {@code bench faults} takes. */
    public static void main(String... arguments) throws IOException {
        PostgresServer server = shared();
        List<String> restart = unprivileged(
                server.binary("pg_ctl"), "-D", server.folder.resolve("data").toString(), "-m", "fast", "-w", "restart");
        System.out.println("--database '" + server.newDatabase() + "' --restart '" + String.join(" ", restart) + "'");
        System.in.readAllBytes();
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?user=" + USER;
    }

    private void stop() {
        runUnprivileged(binary("pg_ctl"), "-D", folder.resolve("data").toString(), "-m", "immediate", "stop");
        run("rm", "-r", folder.toString());
    }

    private String binary(String name) {
        return folder.resolve("bin").resolve(name).toString();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static void runUnprivileged(String... command) {
        run(unprivileged(command).toArray(String[]::new));
    }

    private static List<String> unprivileged(String... command) {
        List<String> whole = new ArrayList<>();
        if (isRoot()) {
            whole.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
        }
        Stream.of(command).forEach(whole::add);
        return whole;
    }

    private static void run(String... command) {
        try {
            Path output = Files.createTempFile("flowblend-postgres-", ".txt");
            int code = new ProcessBuilder(command)
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start()
                    .waitFor();
            String said = Files.readString(output);
            Files.delete(output);
            if (code != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed: " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
