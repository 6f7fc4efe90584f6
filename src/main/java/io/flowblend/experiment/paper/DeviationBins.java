package io.flowblend.experiment.paper;

import io.flowblend.calibration.QualityScale;
import io.flowblend.experiment.Statistics;
import io.flowblend.experiment.Table;
import io.flowblend.experiment.paper.Samples.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a deviation of the latents looks like: what other measures say of videos that deviate by so much. */
public final class DeviationBins {
    /** Ends of the bins: the deviations that qualities promise, and some between them. */
    private static final List<Double> ENDS =
            List.of(0.01, 0.02, 0.03, 0.044, 0.07, 0.1, 0.14, 0.2, 0.3, 0.46, 0.7, 1.0, Double.POSITIVE_INFINITY);

    private DeviationBins() {}

    /**
     * Videos whose deviation is above {@code from} and at most {@code to}; both 0 for LARGE alone.
     *
     * @param runs how many
     * @param psnr, ssim, similarity, adherence means with intervals; NaN where a measure is not available
     */
    public record Bin(
            double from,
            double to,
            int runs,
            Statistics.Mean psnr,
            Statistics.Mean ssim,
            Statistics.Mean similarity,
            Statistics.Mean adherence) {
        private static Bin of(double from, double to, List<Sample> samples) {
            return new Bin(
                    from,
                    to,
                    samples.size(),
                    mean(samples, Measure.PSNR),
                    mean(samples, Measure.SSIM),
                    mean(samples, Measure.SIMILARITY),
                    mean(samples, Measure.ADHERENCE));
        }

        private static Statistics.Mean mean(List<Sample> samples, Measure measure) {
            return Statistics.Mean.of(
                    samples.stream().map(sample -> sample.value(measure)).toList());
        }
    }

    /** @param large videos of LARGE alone: the first bin */
    static List<Bin> of(List<Sample> large, List<Sample> others) {
        List<Bin> bins = new ArrayList<>();
        bins.add(Bin.of(0, 0, large));
        double from = 0;
        for (double to : ENDS) {
            double above = from;
            List<Sample> within = others.stream()
                    .filter(sample -> sample.value(Measure.DEVIATION) > above && sample.value(Measure.DEVIATION) <= to)
                    .toList();
            if (!within.isEmpty()) {
                bins.add(Bin.of(from, to, within));
            }
            from = to;
        }
        return List.copyOf(bins);
    }

    /** A line a bin. */
    public static Table table(List<Bin> bins) {
        Table table = new Table(
                "deviation", "promised by quality", "videos", "PSNR, dB", "SSIM", "feature distance", "adherence");
        for (Bin bin : bins) {
            table.add(
                    range(bin),
                    bin.to() > 0 && bin.to() <= 1
                            ? String.format(Locale.ROOT, "%.2f", QualityScale.quality(bin.to()))
                            : "",
                    String.valueOf(bin.runs()),
                    bin.to() == 0 ? "equal" : Table.mean(1, bin.psnr()),
                    Table.mean(3, bin.ssim()),
                    Table.mean(
                            3,
                            new Statistics.Mean(
                                    1 - bin.similarity().mean(),
                                    bin.similarity().half())),
                    Table.percent(bin.adherence().mean()));
        }
        return table;
    }

    private static String range(Bin bin) {
        if (bin.to() == 0) {
            return "0 (LARGE alone)";
        }
        return Double.isInfinite(bin.to())
                ? "above " + number(bin.from())
                : number(bin.from()) + " to " + number(bin.to());
    }

    private static String number(double value) {
        return value == 0 ? "0" : String.valueOf(value);
    }
}
