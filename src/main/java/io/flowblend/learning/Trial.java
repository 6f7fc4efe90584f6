package io.flowblend.learning;

import io.flowblend.calibration.Calibration;
import java.util.List;

/**
 * A fitted calibration, tried out on the request of a lesson that was held out from the fit.
 *
 * @param lesson its number
 * @param steps of the run
 * @param range of the fit, by which it is told from another fit of the same lessons
 * @param ceiling of the fit
 * @param tried one for each quality at which the calibration decided; a policy that fell back tells nothing of it
 */
record Trial(int lesson, int steps, double range, double ceiling, List<Tried> tried) {
    Trial {
        tried = List.copyOf(tried);
    }

    boolean isOf(Calibration fit) {
        return range == fit.range() && ceiling == fit.ceiling();
    }

    /**
     * @param quality 0..1
     * @param budget deviation that the quality allows by the calibration
     * @param actual deviation measured
     * @param cost over that of LARGE alone, probes included
     */
    record Tried(double quality, double budget, double actual, double cost) {
        double ratio() {
            return actual / budget;
        }
    }
}
