package io.flowblend.quality;

import io.flowblend.quality.DigitCaption.Colour;
import io.flowblend.video.Frames;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Where something of a colour is: the centroid of its pixels in each frame that shows enough of it. A pixel's weight is how
 * strongly it is of exactly the colour.
 *
 * @param points in the order of the frames
 */
record ColourTrack(List<Point> points) {
    /** Weight from which a pixel counts as of the colour, 0..1. */
    private static final double MIN_WEIGHT = 0.25;
    /** Sum of the weights from which a frame shows the colour, pixels. */
    private static final double MIN_MASS = 15;

    /**
     * The centroid in one frame.
     *
     * @param frame index of the frame
     * @param x, y pixels, to the right and downwards
     */
    record Point(int frame, double x, double y) {}

    static ColourTrack of(Frames frames, Colour colour) {
        List<Point> points = new ArrayList<>();
        for (int frame = 0; frame < frames.count(); frame++) {
            double mass = 0;
            double sumX = 0;
            double sumY = 0;
            for (int row = 0; row < frames.height(); row++) {
                for (int column = 0; column < frames.width(); column++) {
                    double weight = weight(frames, frame, row, column, colour);
                    mass += weight;
                    sumX += weight * column;
                    sumY += weight * row;
                }
            }
            if (mass > MIN_MASS) {
                points.add(new Point(frame, sumX / mass, sumY / mass));
            }
        }
        return new ColourTrack(points);
    }

    /**
     * How strongly a pixel is of the colour, 0..1: the weakest channel that the colour has above the strongest that it has
     * not; 0 if it is hardly of it.
     */
    static double weight(Frames frames, int frame, int row, int column, Colour colour) {
        int at = ((frame * frames.height() + row) * frames.width() + column) * 3;
        int weakestOn = 255;
        int strongestOff = 0;
        for (int channel = 0; channel < 3; channel++) {
            int value = frames.rgb()[at + channel] & 0xff;
            if (colour.has(channel)) {
                weakestOn = Math.min(weakestOn, value);
            } else {
                strongestOff = Math.max(strongestOff, value);
            }
        }
        double weight = (weakestOn - strongestOff) / 255.0;
        return weight > MIN_WEIGHT ? weight : 0;
    }

    /** Least-squares slope of {@code value} over time, per frame. */
    double slope(ToDoubleFunction<Point> value) {
        double mean = points.stream().mapToInt(Point::frame).average().orElse(0);
        double squares = 0;
        double products = 0;
        for (Point point : points) {
            squares += (point.frame() - mean) * (point.frame() - mean);
            products += (point.frame() - mean) * value.applyAsDouble(point);
        }
        return products / squares;
    }
}
