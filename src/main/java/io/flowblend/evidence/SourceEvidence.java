package io.flowblend.evidence;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.AnchorReading;
import io.flowblend.calibration.Source;
import io.flowblend.divergence.Moments;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.evidence.CellEvidence.Gain;
import io.flowblend.evidence.CellEvidence.Products;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was read of one source under one kind of conditions. A request's <em>log ratio</em> in a sigma bin is the mean
 * logarithm of the residuals it read there over those expected; its <em>log hardness</em> is the mean over the bins.
 *
 * @param cells by sigma bin, and within one by class of {@link AnchorDistance}, the class without an anchor last
 * @param hardness log hardness across requests
 * @param drift of the log hardness
 * @param slopes by sigma bin: log ratio in all other bins on that in this one, across requests
 */
public record SourceEvidence(
        List<List<CellEvidence>> cells, Moments hardness, DriftDetector drift, List<LogSlope> slopes) {
    static final int CLASSES = AnchorDistance.CLASSES + 1;

    static final SourceEvidence NONE = new SourceEvidence(
            Collections.nCopies(SigmaBins.COUNT, Collections.nCopies(CLASSES, CellEvidence.NONE)),
            Moments.NONE,
            DriftDetector.NONE,
            Collections.nCopies(SigmaBins.COUNT, LogSlope.NONE));

    /** Variance between the bins of one request, of the logarithm of a reading over what is usual: at least, and unknown. */
    private static final double LEAST_WITHIN = 0.04;

    private static final double UNKNOWN_WITHIN = 0.25;
    private static final double FLOOR = 1e-6;

    public SourceEvidence {
        cells = cells.stream().map(List::copyOf).toList();
        slopes = List.copyOf(slopes);
        if (cells.size() != SigmaBins.COUNT || cells.stream().anyMatch(row -> row.size() != CLASSES)) {
            throw new IllegalArgumentException(
                    "cells must hold " + SigmaBins.COUNT + " sigma bins of " + CLASSES + " distances each");
        }
        if (slopes.size() != SigmaBins.COUNT) {
            throw new IllegalArgumentException("slopes must hold " + SigmaBins.COUNT + " sigma bins");
        }
    }

    CellEvidence cell(int bin, int distanceClass) {
        return cells.get(bin).get(distanceClass);
    }

    /** Requests that read a bin, at the distance that was read most. */
    long count(int bin) {
        return cells.get(bin).stream().mapToLong(CellEvidence::count).max().orElse(0);
    }

    boolean isRead() {
        return cells.stream().flatMap(List::stream).anyMatch(CellEvidence::isRead);
    }

    /**
     * With one more request.
     *
     * @param source whose evidence this is
     * @param readings those of this source
     * @param watched whether drift is looked for
     */
    SourceEvidence learned(Source source, List<AnchorReading> readings, LearningRules rules, boolean watched) {
        double fade = Math.pow(0.5, 1.0 / rules.memory());
        List<List<CellEvidence>> next = new ArrayList<>();
        cells.forEach(row -> next.add(new ArrayList<>(row)));
        Moments[] logs = new Moments[SigmaBins.COUNT];
        byCell(source, readings).forEach((key, read) -> {
            int bin = key / CLASSES;
            int distanceClass = key % CLASSES;
            CellEvidence cell = cell(bin, distanceClass);
            Gain gain = inForce(source, cell, distanceClass);
            double residual = read.stream()
                    .mapToDouble(one -> one.residual(gain.gain(), gain.slopeShare()))
                    .average()
                    .orElseThrow();
            if (cell.isRead()) {
                double log = Math.log((residual + FLOOR) / (cell.residual().mean() + FLOOR));
                logs[bin] = (logs[bin] == null ? Moments.NONE : logs[bin]).plus(log);
            }
            next.get(bin).set(distanceClass, cell.plus(Products.mean(read), Math.min(100, residual), fade));
        });
        return judged(next, logs, watched);
    }

    private SourceEvidence judged(List<List<CellEvidence>> next, Moments[] logs, boolean watched) {
        Moments ratios = Moments.NONE;
        for (Moments bin : logs) {
            ratios = bin == null ? ratios : ratios.plus(bin.mean());
        }
        if (ratios.count() == 0) {
            return new SourceEvidence(next, hardness, drift, slopes);
        }
        List<LogSlope> nextSlopes = new ArrayList<>(slopes);
        for (int bin = 0; bin < SigmaBins.COUNT && ratios.count() > 1; bin++) {
            if (logs[bin] != null) {
                double own = logs[bin].mean();
                double others = (ratios.mean() * ratios.count() - own) / (ratios.count() - 1);
                nextSlopes.set(bin, slopes.get(bin).plus(own, others));
            }
        }
        double value = watched ? DriftDetector.standardised(ratios.mean(), hardness, chance(ratios)) : 0;
        return new SourceEvidence(
                next,
                DriftDetector.isOutlier(value) ? hardness : hardness.plus(ratios.mean()),
                watched ? drift.plus(value) : drift,
                nextSlopes);
    }

    /** Variance that the mean of so few bins has by chance: a served request is read in a few bins, a sample in all. */
    private static double chance(Moments ratios) {
        double within = ratios.count() > 1 ? Math.max(LEAST_WITHIN, ratios.variance()) : UNKNOWN_WITHIN;
        return within / ratios.count();
    }

    /** The gain that a reading is judged by: the cell's own, or the prior one before the cell was read. */
    private static Gain inForce(Source source, CellEvidence cell, int distanceClass) {
        if (distanceClass == AnchorDistance.NONE) {
            return Gain.NOTHING;
        }
        return cell.isRead() ? cell.mean().best() : Prior.of(source).gain(distanceClass);
    }

    /**
     * Readings by cell. A source that works without an anchor is read there too, once a step: a reading with an anchor tells
     * the size of its unknown part.
     */
    private static Map<Integer, List<AnchorReading>> byCell(Source source, List<AnchorReading> readings) {
        TreeMap<Integer, List<AnchorReading>> byCell = new TreeMap<>();
        TreeMap<Double, AnchorReading> plain = new TreeMap<>();
        for (AnchorReading reading : readings) {
            if (reading.hasAnchor()) {
                int distanceClass = AnchorDistance.classOf(AnchorDistance.of(reading.anchorSigma(), reading.sigma()));
                byCell.computeIfAbsent(key(reading.sigma(), distanceClass), cell -> new ArrayList<>())
                        .add(reading);
            }
            if (source.worksWithoutAnchor()) {
                plain.put(reading.sigma(), AnchorReading.plain(source, reading.sigma(), reading.ww()));
            }
        }
        plain.forEach(
                (sigma, reading) -> byCell.computeIfAbsent(key(sigma, AnchorDistance.NONE), cell -> new ArrayList<>())
                        .add(reading));
        return byCell;
    }

    private static int key(double sigma, int distanceClass) {
        return SigmaBins.indexOf(sigma) * CLASSES + distanceClass;
    }

    SourceEvidence merge(SourceEvidence other) {
        List<List<CellEvidence>> merged = new ArrayList<>();
        List<LogSlope> mergedSlopes = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            List<CellEvidence> row = new ArrayList<>();
            for (int distanceClass = 0; distanceClass < CLASSES; distanceClass++) {
                row.add(cell(bin, distanceClass).merge(other.cell(bin, distanceClass)));
            }
            merged.add(row);
            mergedSlopes.add(slopes.get(bin).merge(other.slopes.get(bin)));
        }
        return new SourceEvidence(merged, hardness.merge(other.hardness), drift.merge(other.drift), mergedSlopes);
    }

    /** {@code SourceModel.readingGain}: each bin's slope, drawn towards that of all bins, and that towards the prior one. */
    List<Double> readingGain(double prior) {
        LogSlope all = LogSlope.NONE;
        for (LogSlope slope : slopes) {
            all = all.merge(slope);
        }
        double common = all.slope(prior, 32, 0.2);
        return slopes.stream()
                .map(slope -> Math.max(0, Math.min(4, slope.slope(common, 16, 0.2))))
                .toList();
    }
}
