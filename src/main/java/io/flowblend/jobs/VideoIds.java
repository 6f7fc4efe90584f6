package io.flowblend.jobs;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.regex.Pattern;

/**
 * Makes ids that sort by time: {@code video_}, or another word, and a ULID, which is 48 bits of milliseconds since 1970 and 80 random
 * bits, in 26 characters of Crockford's base 32 (github.com/ulid/spec). Within a millisecond, or when the clock goes
 * back, the last id is counted up by one, so ids of one process always rise.
 */
final class VideoIds {
    private static final char[] ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final int CHARACTERS = 26;
    private static final int RANDOM_BITS = 80;
    /** Sorts behind every id: the first character of an id's time is 0 to 7. */
    static final String BEHIND_ALL = "video_Z";

    private static final Pattern FORM = Pattern.compile("video_[0-9A-HJKMNP-TV-Z]{26}");

    private final SecureRandom random = new SecureRandom();
    private final String prefix;
    private BigInteger last = BigInteger.ZERO;

    VideoIds() {
        this("video_");
    }

    VideoIds(String prefix) {
        this.prefix = prefix;
    }

    /** @param millis the time, milliseconds since 1970, 0 .. 2^48 - 1 */
    synchronized String next(long millis) {
        BigInteger fresh = BigInteger.valueOf(millis).shiftLeft(RANDOM_BITS).or(new BigInteger(RANDOM_BITS, random));
        boolean later = fresh.shiftRight(RANDOM_BITS).compareTo(last.shiftRight(RANDOM_BITS)) > 0;
        last = later ? fresh : last.add(BigInteger.ONE);
        return prefix + encode(last);
    }

    /** Goes on from {@code id}: all that follow are greater. */
    synchronized void resume(String id) {
        BigInteger seen = BigInteger.ZERO;
        for (char c : id.substring(prefix.length()).toCharArray()) {
            seen = seen.shiftLeft(5).or(BigInteger.valueOf(new String(ALPHABET).indexOf(c)));
        }
        last = last.max(seen);
    }

    static boolean isId(String text) {
        return FORM.matcher(text).matches();
    }

    private static String encode(BigInteger ulid) {
        char[] text = new char[CHARACTERS];
        BigInteger rest = ulid;
        for (int i = CHARACTERS - 1; i >= 0; i--) {
            text[i] = ALPHABET[rest.intValue() & 31];
            rest = rest.shiftRight(5);
        }
        return new String(text);
    }
}
