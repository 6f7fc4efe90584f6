package io.flowblend.learning;

import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.control.Decision;
import io.flowblend.evidence.TwinRun;
import io.flowblend.replay.RunReadings;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What the inner products of a probed LARGE run say about each source, at many distances and along a schedule. */
public final class SampleReadings {
    /** Steps between anchor and step that are read; enough for every class of distance at 10 to 60 steps. */
    private static final int[] LAGS = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};

    private SampleReadings() {}

    /**
     * One reading for each step and each of several distances. The slope is taken from the step as far before the anchor as
     * the next anchor would come after this step: so it is in runs that renew anchors at equal distances.
     */
    public static List<AnchorReading> of(RunReadings run) {
        List<AnchorReading> readings = new ArrayList<>();
        int steps = run.sigmas().length;
        for (Source source : Source.CHEAP) {
            if (!run.sources().contains(source)) {
                continue;
            }
            for (int step = 0; step < steps; step++) {
                if (source.worksWithoutAnchor()) {
                    readings.add(run.plain(source, step));
                }
                for (int lag : LAGS) {
                    int anchor = step - lag;
                    if (anchor >= 0) {
                        readings.add(run.reading(source, step, anchor, Math.max(-1, anchor - lag - 1)));
                    }
                }
            }
        }
        readings.removeIf(reading -> !reading.isFinite());
        return readings;
    }

    /**
     * The steps of a schedule that LARGE did not make, with the residuals that its decisions inject. A source that passes on
     * another's velocity passes on its residual too, which is told as a step of that source.
     */
    public static List<TwinRun.Step> injected(RunReadings run, List<Decision> decisions) {
        return new Walk(run).along(decisions);
    }

    /** Goes along a schedule and keeps, for each kind of anchor, the last two steps that renewed it. */
    private static final class Walk {
        private final RunReadings run;
        private final double[] sigmas;
        private final Map<Source.Anchor, Integer> anchors = new EnumMap<>(Source.Anchor.class);
        private final Map<Source.Anchor, Integer> before = new EnumMap<>(Source.Anchor.class);
        private final List<TwinRun.Step> steps = new ArrayList<>();
        private Source last = Source.LARGE;
        private double lastResidual;

        Walk(RunReadings run) {
            this.run = run;
            this.sigmas = run.sigmas();
        }

        List<TwinRun.Step> along(List<Decision> decisions) {
            for (int step = 0; step < decisions.size(); step++) {
                Decision decision = decisions.get(step);
                Source source = decision.move().source();
                double residual = source == Source.LARGE ? 0 : residual(step, decision);
                if (source != Source.LARGE) {
                    add(step, source, residual);
                    if (source.passesOn() && last != Source.LARGE) {
                        add(step, last, lastResidual);
                    }
                }
                if (source.runsModel()) {
                    last = source;
                    lastResidual = residual;
                }
                renew(step, decision);
            }
            return steps;
        }

        private double residual(int step, Decision decision) {
            Source source = decision.move().source();
            int anchor = anchors.getOrDefault(source.anchor(), -1);
            AnchorReading reading = anchor < 0
                    ? run.plain(source, step)
                    : run.reading(source, step, anchor, before.getOrDefault(source.anchor(), -1));
            return anchor < 0 ? reading.plainResidual() : reading.residual(decision.gain(), decision.slopeShare());
        }

        private void add(int step, Source source, double residual) {
            double next = step + 1 < sigmas.length ? sigmas[step + 1] : 0;
            steps.add(new TwinRun.Step(source, sigmas[step], next, Math.min(100, residual)));
        }

        private void renew(int step, Decision decision) {
            for (Source.Anchor anchor : Source.Anchor.values()) {
                if (decision.move().renews(anchor)) {
                    before.put(anchor, anchors.getOrDefault(anchor, -1));
                    anchors.put(anchor, step);
                }
            }
        }
    }
}
