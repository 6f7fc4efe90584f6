package io.flowblend.control;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PairState;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.SourceModel;
import io.flowblend.calibration.StoredProfile;
import io.flowblend.control.simulator.VectorRun;
import io.flowblend.divergence.SigmaBins;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** A calibration in closed form and requests that are decided by it. */
final class Calibrations {
    static final ControlLimits LIMITS =
            new ControlLimits(0.05, 0, 0.1, 0.3, ControlLimits.NO_CEILING, 1.1, 0.5, 0.95, 0.4, false, false);
    static final MoveCosts COSTS = new MoveCosts(0.15, 1);

    private Calibrations() {}

    /** Residuals that grow with the distance; a prediction of p is a promise of p at runs of any length. */
    static Calibration calibration(double exponent) {
        List<SourceModel> models =
                List.of(model(Source.SMALL, 0.02, 0.2, exponent), model(Source.REUSED, 0.05, 0.6, exponent));
        List<PromiseCurve.Sample> samples = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            double deviation = 1e-3 * Math.pow(1.13, i);
            samples.add(new PromiseCurve.Sample(1, "RS", deviation, deviation));
        }
        return new Calibration(
                "pair",
                "",
                new Calibration.Origin("closed form", "2026-01-01", 60, 1),
                models,
                1.2,
                new PromiseCurve(samples, 0),
                Optional.empty());
    }

    private static SourceModel model(Source source, double near, double without, double exponent) {
        List<SourceModel.Cell> row = new ArrayList<>();
        for (int distance = 0; distance < AnchorDistance.CLASSES; distance++) {
            row.add(new SourceModel.Cell(50, near * Math.pow(1.6, distance), near / 4, 0.9, 0.5));
        }
        row.add(new SourceModel.Cell(50, without, without / 4, 0, 0));
        return new SourceModel(
                source,
                Collections.nCopies(SigmaBins.COUNT, row),
                Collections.nCopies(SigmaBins.COUNT, 1.0),
                exponent,
                Collections.nCopies(SigmaBins.COUNT, 1.0));
    }

    static PolicyRequest request(
            PairState state, Optional<Calibration> calibration, StoredProfile stored, int steps, double quality) {
        return new PolicyRequest(
                "adaptive",
                "",
                VectorRun.sigmas(steps),
                PolicyRequest.Goal.ofQuality(quality),
                LIMITS,
                new PolicyRequest.Knowledge(state, calibration, "", stored),
                COSTS,
                3,
                true);
    }
}
