package io.flowblend.api.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.flowblend.api.wire.ApiError;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessFilterTest {
    /** SHA-256 of "abc", FIPS 180-2, appendix B.1. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private static final ApiKeys KEYS = ApiKeys.none().with("test", "eve", "user", ABC);

    private long nanos;
    private final AccessFilter open = new AccessFilter(ApiKeys::none);
    private final AccessFilter locked = new AccessFilter(() -> KEYS, () -> nanos);

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"})
    void answersTheLoopbackInterfaceWithoutKeys(String address) {
        assertEquals(Caller.LOCAL, open.admit(visit("/v1/videos", address, "localhost:8080", null, null)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.7", "192.168.1.1", "::ffff:10.0.0.7", "2001:db8::1", "0.0.0.0"})
    void answersNobodyElseWithoutKeys(String address) {
        assertEquals(403, refusal(open, visit("/", address, "localhost", null, null)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:8080", "127.0.0.1:80", "[::1]:8080", "app.localhost"})
    void knowsItsOwnNames(String host) {
        assertEquals(Caller.LOCAL, open.admit(visit("/v1/videos", "127.0.0.1", host, null, null)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"})
    void takesNoHostNameThatWasBentToLoopback(String host) {
        assertEquals(403, refusal(open, visit("/v1/videos", "127.0.0.1", host, null, null)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "https://evil.example", "http://localhost:9999", "::"})
    void takesNothingFromAnotherPage(String origin) {
        assertEquals(403, refusal(open, visit("/v1/videos", "127.0.0.1", "localhost:8080", origin, null)));
    }

    @Test
    void letsAKeyInFromAnywhere() {
        Caller caller =
                locked.admit(visit("/v1/videos", "10.0.0.7", "video.example", "https://any.example", "bearer abc"));

        assertEquals(new Caller("eve", Caller.Role.USER), caller);
    }

    @Test
    void keepsOperationsForAdminsFromElsewhere() {
        assertEquals(401, refusal(locked, visit("/q/metrics", "10.0.0.7", "h", null, null)));
        assertEquals(403, refusal(locked, visit("/q/metrics", "10.0.0.7", "h", null, "Bearer abc")));
        assertEquals(Caller.LOCAL, locked.admit(visit("/q/metrics", "127.0.0.1", "h", null, null)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer abd", "Bearer", "Bearer ", "abc", "Basic abc", "Bearer abc def"})
    void takesNoOtherKey(String authorization) {
        assertEquals(401, refusal(locked, visit("/v1/videos", "127.0.0.1", "localhost", null, authorization)));
    }

    @Test
    void takesNobodyBehindAProxyForALocalAdmin() {
        assertEquals(403, refusal(open, forwarded(visit("/v1/videos", "127.0.0.1", "localhost", null, null))));
        assertEquals(401, refusal(locked, forwarded(visit("/q/metrics", "127.0.0.1", "localhost", null, null))));
    }

    @Test
    void letsEveryKeyReadWhatTheApiCanDo() {
        assertEquals(
                "eve",
                locked.admit(visit("/q/openapi", "10.0.0.7", "h", null, "Bearer abc"))
                        .name());
    }

    @Test
    void refusesUnseenKeysFromAnAddressThatSentManyWrongOnesForAMinute() {
        locked.admit(visit("/v1/videos", "10.0.0.8", "h", null, "Bearer abc"));
        for (String address : new String[] {"10.0.0.7", "10.0.0.8"}) {
            for (int i = 0; i < WrongKeys.MOST; i++) {
                assertEquals(401, refusal(locked, visit("/v1/videos", address, "h", null, "Bearer wrong" + i)));
            }
            assertEquals(429, refusal(locked, visit("/v1/videos", address, "h", null, "Bearer wrong")));
        }
        assertEquals(429, refusal(locked, visit("/v1/videos", "10.0.0.7", "h", null, "Bearer abc")));
        assertEquals(
                "eve",
                locked.admit(visit("/v1/videos", "10.0.0.8", "h", null, "Bearer abc"))
                        .name());
        assertEquals(
                "eve",
                locked.admit(visit("/v1/videos", "10.0.0.9", "h", null, "Bearer abc"))
                        .name());

        nanos += WrongKeys.PERIOD.toNanos();
        assertEquals(
                "eve",
                locked.admit(visit("/v1/videos", "10.0.0.7", "h", null, "Bearer abc"))
                        .name());
    }

    @Test
    void namesWhatIsWrongWithAKey() {
        ApiKeys none = ApiKeys.none();
        for (String[] key : new String[][] {
            {"a b", "user", ABC}, {"a", "root", ABC}, {"a", "user", "abc"}, {"a", "user", ABC.replace('b', 'g')}
        }) {
            IllegalArgumentException error =
                    assertThrows(IllegalArgumentException.class, () -> none.with("keys.txt", key[0], key[1], key[2]));
            assertTrue(String.valueOf(error.getMessage()).startsWith("keys.txt: "));
        }
        assertThrows(IllegalArgumentException.class, () -> none.withLines("f", List.of("a user")));
        assertThrows(IllegalArgumentException.class, () -> none.with("f", "a", "user", ABC)
                .with("f", "a", "admin", ABC));
    }

    private static int refusal(AccessFilter filter, AccessFilter.Visit visit) {
        return assertThrows(ApiError.class, () -> filter.admit(visit)).status();
    }

    private static AccessFilter.Visit visit(
            String path, String address, String host, @Nullable String origin, @Nullable String authorization) {
        return new AccessFilter.Visit(
                path,
                address,
                Optional.of(host),
                Optional.ofNullable(origin),
                Optional.ofNullable(authorization),
                false);
    }

    private static AccessFilter.Visit forwarded(AccessFilter.Visit visit) {
        return new AccessFilter.Visit(
                visit.path(), visit.remoteAddress(), visit.host(), visit.origin(), visit.authorization(), true);
    }
}
