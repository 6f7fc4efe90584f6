package io.flowblend.experiment.paper;

import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.Move;
import io.flowblend.control.Schedule;
import java.util.ArrayList;
import java.util.List;

/**
 * Floating point operations of schedules, in the form of the paper's Tables 2 and 3: whole steps of LARGE and SMALL times what
 * each costs.
 *
 * @param large, small operations of one step of either model, guidance included
 */
public record FlopsTable(double large, double small) {
    private static final List<String> STAGES = List.of("LLL", "LSL", "LSS", "SSS");

    /**
     * One schedule.
     *
     * @param schedule its stages, such as LSL
     * @param largeSteps, smallSteps whole steps
     * @param flops of the whole run
     * @param share of LARGE alone at the same number of steps, 0..1
     */
    public record Row(String schedule, int largeSteps, int smallSteps, double flops, double share) {}

    /** LLL, LSL, LSS and SSS at a number of steps. */
    public List<Row> rows(int steps, StoredProfile profile) {
        List<Row> rows = new ArrayList<>();
        for (String stages : STAGES) {
            int largeSteps = Schedule.parse(stages, steps, profile).count(Move.LARGE);
            rows.add(row(stages, largeSteps, steps - largeSteps));
        }
        return rows;
    }

    /** A schedule of so many steps of each, of which the small ones may be another, distilled model's. */
    public Row row(String schedule, int largeSteps, int smallSteps) {
        double flops = largeSteps * large + smallSteps * small;
        return new Row(schedule, largeSteps, smallSteps, flops, flops / ((largeSteps + smallSteps) * large));
    }
}
