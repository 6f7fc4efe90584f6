package io.flowblend.api.observe;

import io.quarkus.logging.LoggingFilter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a fault that lasts from filling the disk with its own log: of warnings and errors from the same place in the code,
 * {@link #MOST} a minute are written, only the first with its stack trace, and the first of a later minute says how many were
 * left out. A start that fails is said in one sentence.
 */
@LoggingFilter(name = "flowblend")
public final class LogLimit implements Filter {
    static final int MOST = 5;
    static final Duration PERIOD = Duration.ofMinutes(1);

    private static final int REMEMBERED = 1000;

    private final LongSupplier nanos;
    private final Map<Place, Count> counts = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Count> eldest) {
            return size() > REMEMBERED;
        }
    };

    private record Place(@Nullable String logger, @Nullable String text, String failure) {}

    private record Count(long since, int times) {}

    public LogLimit() {
        this(System::nanoTime);
    }

    LogLimit(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public boolean isLoggable(LogRecord line) {
        if (line.getLevel().intValue() < Level.WARNING.intValue()) {
            return true;
        }
        if (StartFault.shorten(line)) {
            return true;
        }
        Place place = new Place(line.getLoggerName(), template(line), failure(line.getThrown()));
        synchronized (counts) {
            long now = nanos.getAsLong();
            Count before = counts.get(place);
            if (before == null || now - before.since() >= PERIOD.toNanos()) {
                counts.put(place, new Count(now, 1));
                if (before != null && before.times() > MOST) {
                    append(line, " (" + (before.times() - MOST) + " like it were left out)");
                }
                return true;
            }
            Count count = new Count(before.since(), before.times() + 1);
            counts.put(place, count);
            if (count.times() > MOST) {
                return false;
            }
        }
        Throwable thrown = line.getThrown();
        if (thrown != null) {
            line.setThrown(null);
            append(line, ": " + thrown);
        }
        return true;
    }

    private static void append(LogRecord line, String more) {
        line.setMessage(line.getMessage() + more.replace("%", "%%"));
    }

    /** Without what differs between two lines that say the same: numbers and ids. */
    private static @Nullable String template(LogRecord line) {
        String message = line.getMessage();
        return message == null ? null : message.replaceAll("[0-9A-Za-z_-]*[0-9][0-9A-Za-z_-]*", "#");
    }

    private static String failure(@Nullable Throwable thrown) {
        return thrown == null ? "" : thrown.getClass().getName();
    }
}
