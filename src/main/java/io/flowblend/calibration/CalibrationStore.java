package io.flowblend.calibration;

import io.flowblend.file.InvalidFileException;
import java.util.Optional;

/** Where calibrations are kept, by pair. */
public interface CalibrationStore {
    /**
     * The calibration of a pair, if there is one.
     *
     * @throws InvalidFileException if what is stored cannot be used; never half of it is returned
     */
    Optional<Calibration> find(String pair);
}
