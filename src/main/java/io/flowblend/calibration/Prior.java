package io.flowblend.calibration;

import java.util.Optional;

/** What is taken to hold for a pair that nothing was measured of: what was measured of {@code digits}, and it says so. */
final class Prior {
    private static final Calibration DIGITS =
            ShippedCalibrations.packaged().find("digits").orElseThrow();

    private Prior() {}

    static Calibration calibration(PairKnowledge knowledge, BucketKnowledge bucket) {
        Optional<Calibration> shipped = knowledge.shipped();
        Calibration base = shipped.orElse(DIGITS);
        Calibration.Origin origin = shipped.map(Calibration::origin)
                .orElse(new Calibration.Origin(
                        "prior: sensitivity of digits; curve of this pair's own requests", "2026-11-24", 0, 1));
        return new Calibration(
                knowledge.pair(),
                knowledge.fingerprint(),
                origin,
                bucket.curve(),
                base.sensitivity(),
                base.response(),
                shipped.map(Calibration::range).orElse(0.01),
                base.ceiling(),
                base.margin(),
                knowledge.storedProfile());
    }
}
