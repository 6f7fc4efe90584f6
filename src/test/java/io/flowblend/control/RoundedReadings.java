package io.flowblend.control;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Readings to compare, with ten digits a number: in what order a product is summed up may depend on where in memory its factors
 * lie.
 */
public final class RoundedReadings {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+\\.\\d+(E-?\\d+)?");

    private RoundedReadings() {}

    public static String of(List<Reading> readings) {
        return NUMBER.matcher(readings.toString())
                .replaceAll(number -> String.format(Locale.ROOT, "%.9e", Double.parseDouble(number.group())));
    }
}
