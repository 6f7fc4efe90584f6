package io.flowblend.learning;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.PromiseCurve;
import io.flowblend.calibration.QualityScale;
import io.flowblend.calibration.SourceModel;
import io.flowblend.divergence.SigmaBins;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a calibration found.
 *
 * @param samples that were measured
 * @param seconds that both models ran for it
 * @param calibration what is decided from
 */
public record CalibrationReport(int samples, double seconds, Calibration calibration) {
    private static final List<Double> QUALITIES = List.of(0.2, 0.35, 0.5, 0.65, 0.8, 0.9);
    private static final double COVERAGE = 0.95;

    /** For people. */
    public String table() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%s, %d samples, %.0f s in both models%nceiling %.3f%n",
                calibration.pair(),
                samples,
                seconds,
                calibration.ceiling()));
        calibration.sources().forEach(model -> text.append(table(model)));
        text.append(String.format(
                "%n%5s %-5s %8s %8s %9s %10s%n", "steps", "mix", "samples", "quality", "promised", "predicted"));
        new TreeSet<>(calibration.promises().samples().stream()
                        .map(sample -> String.format(Locale.ROOT, "%5d %s", sample.steps(), sample.mix()))
                        .toList())
                .forEach(kind -> text.append(
                        promises(Integer.parseInt(kind.substring(0, 5).strip()), kind.substring(6))));
        return text.toString();
    }

    private static String table(SourceModel model) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%n%s, exponent %.2f%n%-15s %8s %11s %11s %11s %6s%n",
                model.source(),
                model.exponent(),
                "sigma",
                "requests",
                "no anchor",
                "1 bin off",
                "sensitivity",
                "gain"));
        for (int bin = SigmaBins.COUNT - 1; bin >= 0; bin--) {
            double sigma = (SigmaBins.edge(bin) + SigmaBins.edge(bin + 1)) / 2;
            text.append(String.format(
                    Locale.ROOT,
                    "%.3f - %.3f   %8d %11.4f %11.4f %11.4f %6.2f%n",
                    SigmaBins.edge(bin + 1),
                    SigmaBins.edge(bin),
                    model.samples(sigma),
                    model.cells().get(bin).get(AnchorDistance.NONE).residual(),
                    model.residual(sigma, 1),
                    model.sensitivity().get(bin),
                    model.gain(sigma, 1)));
        }
        return text.toString();
    }

    private String promises(int steps, String mix) {
        StringBuilder text = new StringBuilder();
        Optional<PromiseCurve.Line> line = calibration.promises().line(steps, mix, COVERAGE);
        for (double quality : QUALITIES) {
            double promised = QualityScale.deviation(quality);
            line.ifPresent(found -> text.append(String.format(
                    Locale.ROOT,
                    "%5d %-5s %8d %8.2f %9.3f %10.3f%n",
                    steps,
                    mix,
                    found.samples(),
                    quality,
                    promised,
                    found.prediction(promised))));
        }
        return text.toString();
    }
}
