package io.flowblend.video;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Frames a second, a fraction in lowest terms. As JSON and as text: {@code 16}, {@code 24000/1001}.
 *
 * @param numerator from 1
 * @param denominator from 1
 */
public record FrameRate(int numerator, int denominator) {
    private static final Pattern FRACTION = Pattern.compile("(\\d{1,9})\\s*/\\s*(\\d{1,9})");

    /** Television's rates are whole numbers times 1000/1001, and are written with two or three decimals: 29.97, 23.976. */
    private static final int TELEVISION = 1001;

    private static final double ROUNDED = 0.0051;

    public FrameRate {
        if (numerator < 1 || denominator < 1) {
            throw new IllegalArgumentException(
                    "frames a second: " + numerator + "/" + denominator + ", expected a fraction above 0");
        }
        int divisor = BigInteger.valueOf(numerator)
                .gcd(BigInteger.valueOf(denominator))
                .intValue();
        numerator /= divisor;
        denominator /= divisor;
    }

    @JsonCreator
    public static FrameRate of(int fps) {
        return new FrameRate(fps, 1);
    }

    /**
     * A whole number, a fraction ({@code 24000/1001}) or a decimal; a decimal that television's rates are written as is taken
     * for that rate.
     *
     * @throws IllegalArgumentException if it is none of them, or not above 0
     */
    @JsonCreator
    public static FrameRate parse(String text) {
        Matcher fraction = FRACTION.matcher(text.strip());
        if (fraction.matches()) {
            return new FrameRate(Integer.parseInt(fraction.group(1)), Integer.parseInt(fraction.group(2)));
        }
        BigDecimal value;
        try {
            value = new BigDecimal(text.strip()).stripTrailingZeros();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "frames a second: '" + text + "', expected a number or a fraction such as 24000/1001", e);
        }
        if (value.signum() <= 0
                || value.precision() > 9
                || value.scale() > 6
                || value.compareTo(BigDecimal.TEN.pow(6)) > 0) {
            throw new IllegalArgumentException(
                    "frames a second: " + text + ", expected a number above 0 of at most 6 decimals");
        }
        long whole = Math.round(value.doubleValue());
        boolean television = value.scale() >= 2
                && Math.abs(whole * 1000.0 / TELEVISION - value.doubleValue()) < ROUNDED
                && value.doubleValue() < whole;
        return television ? new FrameRate(Math.toIntExact(whole * 1000), TELEVISION) : fraction(value);
    }

    private static FrameRate fraction(BigDecimal value) {
        int decimals = Math.max(0, value.scale());
        BigInteger scaled = value.movePointRight(decimals).toBigIntegerExact();
        BigInteger power = BigInteger.TEN.pow(decimals);
        BigInteger divisor = scaled.gcd(power);
        return new FrameRate(
                scaled.divide(divisor).intValueExact(), power.divide(divisor).intValueExact());
    }

    public double value() {
        return (double) numerator / denominator;
    }

    /** A whole number, or else the fraction as text. */
    @JsonValue
    public Object json() {
        return denominator == 1 ? (Object) numerator : toString();
    }

    @Override
    public String toString() {
        return denominator == 1 ? String.valueOf(numerator) : numerator + "/" + denominator;
    }
}
