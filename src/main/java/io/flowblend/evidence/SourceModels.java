package io.flowblend.evidence;

import io.flowblend.calibration.AnchorDistance;
import io.flowblend.calibration.Source;
import io.flowblend.calibration.SourceModel;
import io.flowblend.calibration.SourceModel.Cell;
import io.flowblend.divergence.SigmaBins;
import io.flowblend.evidence.CellEvidence.Gain;
import java.util.ArrayList;
import java.util.List;

/**
 * What a controller reads of a source, derived from what was read of it. A cell that no request read is filled from those
 * that were: each of them gives the prior's shape over the distance a level, nearer and surer ones count more.
 */
final class SourceModels {
    /** Requests that the prior spread counts as much as. */
    private static final double PRIOR_REQUESTS = 4;

    private static final double HALF_SURE = 4;

    private SourceModels() {}

    static SourceModel of(Source source, SourceEvidence evidence, SourceFit.Law law) {
        List<Read> reads = reads(source, evidence);
        List<List<Cell>> cells = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            List<Cell> row = new ArrayList<>();
            for (int distanceClass = 0; distanceClass < SourceEvidence.CLASSES; distanceClass++) {
                CellEvidence seen = evidence.cell(bin, distanceClass);
                row.add(seen.isRead() ? measured(seen, distanceClass) : filled(source, reads, bin, distanceClass));
            }
            cells.add(rising(row, source.worksWithoutAnchor()));
        }
        List<Double> sensitivity = law.sensitivity().stream()
                .map(value -> Math.max(1e-9, Math.min(1e6, value)))
                .toList();
        return new SourceModel(
                source,
                cells,
                sensitivity,
                law.exponent(),
                evidence.readingGain(Prior.of(source).readingGain()));
    }

    /**
     * The same, where no filled cell has a lower residual than one nearer to the anchor, nor, if the source works without an
     * anchor, a higher one than without.
     */
    private static List<Cell> rising(List<Cell> row, boolean worksWithoutAnchor) {
        double highest = worksWithoutAnchor ? row.get(AnchorDistance.NONE).residual() : Double.POSITIVE_INFINITY;
        List<Cell> rising = new ArrayList<>();
        double least = 0;
        for (int distanceClass = 0; distanceClass < AnchorDistance.CLASSES; distanceClass++) {
            Cell cell = row.get(distanceClass);
            if (cell.count() == 0) {
                double residual = Math.min(highest, Math.max(least, cell.residual()));
                double spread = cell.spread() * residual / Math.max(1e-9, cell.residual());
                cell = new Cell(0, residual, Math.min(100, spread), cell.gain(), cell.slopeShare());
            }
            least = cell.residual();
            rising.add(cell);
        }
        rising.add(row.get(AnchorDistance.NONE));
        return rising;
    }

    /**
     * A cell that was read.
     *
     * @param sure weight by the requests behind it, 0..1
     * @param level logarithm of its residual over the prior's shape
     * @param spread of its residual over its mean
     */
    private record Read(int bin, int distanceClass, Cell cell, double sure, double level, double spread) {
        static Read of(Source source, int bin, int distanceClass, Cell cell) {
            double residual = Math.max(1e-9, cell.residual());
            return new Read(
                    bin,
                    distanceClass,
                    cell,
                    cell.count() / (cell.count() + HALF_SURE),
                    Math.log(residual / Prior.of(source).residuals().get(distanceClass)),
                    cell.spread() / residual);
        }
    }

    private static List<Read> reads(Source source, SourceEvidence evidence) {
        List<Read> reads = new ArrayList<>();
        for (int bin = 0; bin < SigmaBins.COUNT; bin++) {
            for (int distanceClass = 0; distanceClass < SourceEvidence.CLASSES; distanceClass++) {
                CellEvidence seen = evidence.cell(bin, distanceClass);
                if (seen.isRead()) {
                    reads.add(Read.of(source, bin, distanceClass, measured(seen, distanceClass)));
                }
            }
        }
        return reads;
    }

    /**
     * The mean square follows from the products for any gain; how requests scatter around it was measured with the gains in
     * force.
     */
    private static Cell measured(CellEvidence seen, int distanceClass) {
        Gain gain = distanceClass == AnchorDistance.NONE
                ? Gain.NOTHING
                : seen.mean().best();
        double degrees =
                Math.max(0, Math.min((double) seen.count(), seen.residual().weight()) - 1);
        double own = seen.relativeSpread();
        double spread = Math.sqrt(
                (degrees * own * own + PRIOR_REQUESTS * Prior.SPREAD * Prior.SPREAD) / (degrees + PRIOR_REQUESTS));
        double residual = Math.min(100, Math.sqrt(seen.mean().square(gain) / (1 + own * own)));
        return new Cell(seen.count(), residual, Math.min(100, residual * spread), gain.gain(), gain.slopeShare());
    }

    private static Cell filled(Source source, List<Read> reads, int bin, int distanceClass) {
        Prior prior = Prior.of(source);
        double weights = 0;
        double level = 0;
        double spread = 0;
        double gain = 0;
        double slopeShare = 0;
        double anchored = 0;
        for (Read read : reads) {
            int bins = bin - read.bin();
            int classes = distanceClass - read.distanceClass();
            double apart = (double) bins * bins + classes * classes;
            double weight = read.sure() / (apart * apart);
            weights += weight;
            level += weight * read.level();
            spread += weight * read.spread();
            if (read.distanceClass() != AnchorDistance.NONE) {
                anchored += weight;
                gain += weight * (read.cell().gain() - prior.gains().get(read.distanceClass()));
                slopeShare += weight * (read.cell().slopeShare() - prior.slopeShare());
            }
        }
        double residual =
                Math.min(100, Math.exp(level / weights) * prior.residuals().get(distanceClass));
        Gain usual = prior.gain(distanceClass);
        boolean known = distanceClass != AnchorDistance.NONE && anchored > 0;
        return new Cell(
                0,
                residual,
                Math.min(100, residual * spread / weights),
                known ? Math.max(0, Math.min(1.5, usual.gain() + gain / anchored)) : usual.gain(),
                known ? Math.max(0, Math.min(1, usual.slopeShare() + slopeShare / anchored)) : usual.slopeShare());
    }
}
