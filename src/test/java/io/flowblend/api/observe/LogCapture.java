package io.flowblend.api.observe;

import java.text.MessageFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.MDC;

/** What a class logs, until it is closed. */
public final class LogCapture extends Handler implements AutoCloseable {
    private final Logger logger;
    private final List<Line> lines = new CopyOnWriteArrayList<>();

    /** A record: its text, and the fields beside it that are set. */
    public record Line(Level level, String text, String fields) {}

    private LogCapture(Logger logger) {
        this.logger = logger;
    }

    /** @param name of the logger: the class that logs */
    public static LogCapture of(String name) {
        Logger logger = Logger.getLogger(name);
        LogCapture capture = new LogCapture(logger);
        logger.addHandler(capture);
        return capture;
    }

    public List<Line> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void publish(LogRecord record) {
        Object[] parameters = record.getParameters();
        String text = parameters == null || parameters.length == 0
                ? record.getMessage()
                : MessageFormat.format(record.getMessage(), parameters);
        String fields = Stream.of("video_id", "pair", "request_id")
                .filter(name -> MDC.get(name) != null)
                .map(name -> name + "=" + MDC.get(name))
                .collect(Collectors.joining(" "));
        lines.add(new Line(record.getLevel(), text, fields));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
