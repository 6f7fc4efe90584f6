package io.flowblend.learning;

import java.util.List;

/** Where a calibration writes down what it measures, so that one that was ended goes on where it was. */
public interface MeasurementLog {
    /** For messages to the operator, and to tell it from others. */
    String name();

    /** All that was written, oldest first. */
    List<String> lines();

    /** @param line printable ASCII; must be there for good once this returns */
    void add(String line);
}
