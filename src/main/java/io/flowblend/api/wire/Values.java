package io.flowblend.api.wire;

import java.math.BigInteger;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** How values are written on the wire. */
final class Values {
    private Values() {}

    static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static @Nullable Double orNull(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    /** A seed, whose 64 bits have no sign. */
    static BigInteger seed(long bits) {
        return new BigInteger(Long.toUnsignedString(bits));
    }
}
