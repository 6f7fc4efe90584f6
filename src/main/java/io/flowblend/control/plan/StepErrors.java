package io.flowblend.control.plan;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.SourceModel;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the calibration says about each source at each step of one run: residual, spread, gain and weight, by steps since the
 * source's anchor. Depends on the calibration and the noise levels only.
 */
public final class StepErrors {
    private final Calibration calibration;
    private final double[] sigmas;
    private final Map<Source, Table> tables = new EnumMap<>(Source.class);

    /** One source over the run; rows by step, columns by steps since the anchor, 0 = none. */
    private static final class Table {
        private final SourceModel model;
        private final double[] sigmas;
        private final double[][] residual;
        private final double[][] spread;
        private final double[] weight;

        Table(SourceModel model, double[] sigmas) {
            this.model = model;
            this.sigmas = sigmas;
            int steps = sigmas.length - 1;
            this.residual = new double[steps][];
            this.spread = new double[steps][];
            this.weight = new double[steps];
            for (int step = 0; step < steps; step++) {
                residual[step] = new double[step + 1];
                spread[step] = new double[step + 1];
                weight[step] = model.weight(sigmas[step], sigmas[step + 1]);
                for (int since = 0; since <= step; since++) {
                    residual[step][since] = model.residual(sigmas[step], distance(step, since));
                    spread[step][since] = model.spread(sigmas[step], distance(step, since));
                }
            }
        }

        double distance(int step, int since) {
            return since == 0 ? Double.POSITIVE_INFINITY : AnchorDistance.of(sigmas[step - since], sigmas[step]);
        }
    }

    /** @param sigmas noise levels of the run, steps + 1 of them, falling */
    public StepErrors(Calibration calibration, double[] sigmas) {
        this.calibration = calibration;
        this.sigmas = sigmas.clone();
        calibration.sources().forEach(model -> tables.put(model.source(), new Table(model, this.sigmas)));
    }

    public Calibration calibration() {
        return calibration;
    }

    public int steps() {
        return sigmas.length - 1;
    }

    public double sigma(int step) {
        return sigmas[step];
    }

    /** The sources that the calibration knows, in its order. */
    public List<Source> sources() {
        return new ArrayList<>(tables.keySet());
    }

    /** The model of one of the {@link #sources}. */
    public SourceModel model(Source source) {
        return table(source).model;
    }

    /** Residual of a typical request; {@code since} = 0 for no anchor. */
    public double residual(Source source, int step, int since) {
        return table(source).residual[step][since];
    }

    /** Standard deviation of the residual between requests. */
    public double spread(Source source, int step, int since) {
        return table(source).spread[step][since];
    }

    /** Error per unit of residual. */
    public double weight(Source source, int step) {
        return table(source).weight[step];
    }

    public double gain(Source source, int step, int since) {
        Table table = table(source);
        return table.model.gain(sigmas[step], table.distance(step, since));
    }

    public double slopeShare(Source source, int step, int since) {
        Table table = table(source);
        return table.model.slopeShare(sigmas[step], table.distance(step, since));
    }

    private Table table(Source source) {
        Table table = tables.get(source);
        if (table == null) {
            throw new IllegalArgumentException("the calibration of " + calibration.pair() + " does not know " + source);
        }
        return table;
    }
}
