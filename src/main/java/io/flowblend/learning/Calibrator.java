package io.flowblend.learning;

import java.util.function.BooleanSupplier;

/** How pairs are calibrated, one calibration at a time. Called on one thread at a time, but for {@link #complete}. */
public interface Calibrator {
    /**
     * The plan with all that it leaves open filled in, so that it means the same whenever it is gone on with.
     *
     * @throws io.flowblend.request.InvalidRequestException naming the field that cannot be done
     */
    CalibrationPlan complete(CalibrationPlan plan);

    /**
     * Goes on until the calibration is done or shall give way; then it is called again, in this process or, from what
     * the log holds, in another.
     *
     * @param plan a complete one
     * @param log holds what was measured before, and this is added to
     * @throws CalibrationFailedException if it cannot be done
     * @throws io.flowblend.file.InvalidFileException if the log is that of another calibration
     */
    Progress advance(CalibrationPlan plan, MeasurementLog log, BooleanSupplier giveWay);

    /**
     * @param measured samples that are measured
     * @param done share of the work that is done, 0..1; 1 once the pair is served by what was found
     */
    record Progress(int measured, double done) {}
}
