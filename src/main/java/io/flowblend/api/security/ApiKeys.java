package io.flowblend.api.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys that are let in, as SHA-256 hashes: nobody can read a key out of the configuration. */
public final class ApiKeys {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final int HASH_BYTES = 32;

    private final List<Key> keys;

    private record Key(Caller caller, byte[] hash) {}

    private ApiKeys(List<Key> keys) {
        this.keys = List.copyOf(keys);
    }

    public static ApiKeys none() {
        return new ApiKeys(List.of());
    }

    /**
     * With one more key. A name may have several, so that an old one goes on while its successor is handed out.
     *
     * @param source where the key is configured, for messages
     * @param role {@code user} or {@code admin}
     * @param sha256 hash of the key, 64 hexadecimal digits
     * @throws IllegalArgumentException naming the source and what was expected
     */
    public ApiKeys with(String source, String name, String role, String sha256) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    source + ": the name of a key has 1 to 64 letters, digits, '.', '_' or '-', not '" + name + "'");
        }
        Key added = new Key(new Caller(name, role(source, role)), hash(source, name, sha256));
        for (Key key : keys) {
            if (key.caller().name().equals(name) && !key.caller().equals(added.caller())) {
                throw new IllegalArgumentException(source + ": the keys named '" + name + "' have different roles");
            }
            if (Arrays.equals(key.hash(), added.hash())) {
                throw new IllegalArgumentException(source + ": the key of '" + name + "' is there already");
            }
        }
        List<Key> more = new ArrayList<>(keys);
        more.add(added);
        return new ApiKeys(more);
    }

    /** With the keys of a file: a line each, {@code name role sha256}; empty lines and lines that begin with # count not. */
    public ApiKeys withLines(String source, List<String> lines) {
        ApiKeys all = this;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String place = source + ", line " + (i + 1);
            String[] words = line.split("\\s+", -1);
            if (words.length != 3) {
                throw new IllegalArgumentException(place + ": expected 'name role sha256'");
            }
            all = all.with(place, words[0], words[1], words[2]);
        }
        return all;
    }

    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /** Whose key {@code token} is. The time taken tells nothing about the keys: all are compared, each in whole. */
    public Optional<Caller> find(String token) {
        byte[] hash = sha256(token);
        Optional<Caller> found = Optional.empty();
        for (Key key : keys) {
            if (MessageDigest.isEqual(key.hash(), hash)) {
                found = Optional.of(key.caller());
            }
        }
        return found;
    }

    private static Caller.Role role(String source, String role) {
        return switch (role.toLowerCase(Locale.ROOT)) {
            case "user" -> Caller.Role.USER;
            case "admin" -> Caller.Role.ADMIN;
            default -> throw new IllegalArgumentException(source + ": a role is 'user' or 'admin', not '" + role + "'");
        };
    }

    private static byte[] hash(String source, String name, String hex) {
        try {
            byte[] hash = HexFormat.of().parseHex(hex.toLowerCase(Locale.ROOT));
            if (hash.length == HASH_BYTES) {
                return hash;
            }
        } catch (IllegalArgumentException e) {
            throw notHash(source, name, e);
        }
        throw notHash(source, name, null);
    }

    private static IllegalArgumentException notHash(String source, String name, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                source + ": the SHA-256 hash of the key '" + name + "' has to be 64 hexadecimal digits", cause);
    }

    static String hashOf(String token) {
        return HexFormat.of().formatHex(sha256(token));
    }

    private static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
