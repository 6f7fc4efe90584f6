package io.flowblend.evidence;

import io.flowblend.calibration.Calibration;
import io.flowblend.calibration.Reach;
import java.util.List;

/**
 * What is taken to hold for a pair before anything was measured of it: the sensitivity, response, ceiling and reach of the
 * calibrated pair {@code digits}. Twin runs then move it ({@link TwinFit}).
 */
final class Prior {
    /** The deviation that nobody sees; a pair whose SMALL deviates less may use it throughout. */
    private static final double LEAST_RANGE = 0.05;

    private static final Calibration DIGITS =
            ShippedCalibrations.packaged().find("digits").orElseThrow();

    private Prior() {}

    /** The calibration of what is known in one bucket, with the twin runs and audits since its learning began. */
    static Calibration calibration(
            PairEvidence knowledge, BucketEvidence bucket, List<TwinRun> twins, List<Audit> audits) {
        Calibration base = knowledge.shipped().orElse(DIGITS);
        boolean measured = knowledge.shipped().isPresent();
        TwinFit fit = TwinFit.of(twins, base);
        Reach reach = base.reach();
        String method = (measured ? "shipped" : "prior: sensitivity of digits") + "; curve of " + bucket.requests()
                + " requests, sensitivity moved by " + twins.size() + " twin runs";
        return new Calibration(
                knowledge.pair(),
                knowledge.fingerprint(),
                new Calibration.Origin(
                        method,
                        base.origin().measuredOn(),
                        (int) Math.min(Integer.MAX_VALUE, bucket.requests()),
                        base.origin().guidance()),
                bucket.curve(),
                fit.sensitivity(),
                fit.reuseSensitivity(),
                base.response(),
                base.reuseResponse(),
                measured && twins.isEmpty() ? base.range() : LEAST_RANGE,
                fit.ceiling(),
                reach,
                Coverage.of(audits, reach).tightening(),
                knowledge.storedProfile());
    }
}
