package io.flowblend.jobs;

import io.flowblend.learning.CalibrationPlan;
import java.util.List;
import java.util.Optional;

/** Calibrations as durable jobs, one at a time a pair. Videos go first. */
public interface CalibrationJobs {
    /**
     * Queues a calibration.
     *
     * @return empty if one of the pair is not final yet
     * @throws io.flowblend.request.InvalidRequestException naming the field of the plan that cannot be done
     */
    Optional<CalibrationJob> start(CalibrationPlan plan);

    Optional<CalibrationJob> find(String pair, String id);

    /**
     * Ends a calibration between two steps; it is failed then, as {@code cancelled}. One that is final stays as it is.
     *
     * @return how it stands; empty if there is no such calibration
     */
    Optional<CalibrationJob> stop(String pair, String id);

    /** The pair's last calibrations, newest first, 100 at most. */
    List<CalibrationJob> list(String pair);
}
