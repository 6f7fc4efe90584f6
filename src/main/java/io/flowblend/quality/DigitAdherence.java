package io.flowblend.quality;

import io.flowblend.quality.DigitCaption.Colour;
import io.flowblend.quality.DigitCaption.Direction;
import io.flowblend.quality.DigitCaption.Speed;
import io.flowblend.video.Frames;

/**
 * How far a video shows what a caption of the built-in pair says: something of the colour is there, and it moves in the
 * direction and at the speed. Which digit it is, is not judged.
 *
 * <p>In each frame every pixel has a weight, how strongly it is of exactly the colour; their centroid is followed over
 * the frames in which there is enough of it, and a straight line through it by least squares gives the velocity. The
 * limits are those by which the pair was judged when it was trained, so that figures compare with its model card.
 * Two digits of one colour are seen as one.
 *
 * @param visible share of the frames in which there is enough of the colour, 0..1
 * @param velocityX, velocityY motion of its centroid, pixels a frame, to the right and downwards; 0 if it is not to be
 *     seen for long enough
 * @param colour the colour is there in more than 80 % of the frames
 * @param direction it moves, and mostly in the caption's direction
 * @param speed direction holds, and the speed is nearer to the caption's than to the other one
 */
public record DigitAdherence(
        double visible, double velocityX, double velocityY, boolean colour, boolean direction, boolean speed) {
    /** Weight from which a pixel counts as of the colour, 0..1. */
    private static final double MIN_WEIGHT = 0.25;
    /** Sum of the weights from which a frame shows the colour, pixels. */
    private static final double MIN_MASS = 15;

    private static final double MIN_VISIBLE = 0.8;
    /** Speed from which something moves at all, pixels a frame. */
    private static final double MIN_SPEED = 0.4;
    /** Largest speed across the direction of motion, as a share of the speed along it. */
    private static final double MAX_DRIFT = 0.5;
    /** Speed above which a motion is fast, pixels a frame. */
    private static final double FAST_FROM = 1.45;

    /** Measures {@code frames} against one part of its prompt. */
    public static DigitAdherence measure(Frames frames, DigitCaption caption) {
        Track track = Track.of(frames, caption.colour());
        double visible = frames.count() == 0 ? 0 : (double) track.length / frames.count();
        // The pair's videos have 17 frames, of which 8 suffice for a line.
        boolean longEnough = track.length >= Math.max(2, frames.count() / 2);
        double vx = longEnough ? track.slope(track.x) : 0;
        double vy = longEnough ? track.slope(track.y) : 0;
        boolean direction = follows(vx, vy, caption.direction());
        boolean speed = direction && speedOf(vx, vy) == caption.speed();
        return new DigitAdherence(visible, vx, vy, visible > MIN_VISIBLE, direction, speed);
    }

    /** Pixels a frame along the axis of the motion. */
    public double pixelsPerFrame() {
        return Math.max(Math.abs(velocityX), Math.abs(velocityY));
    }

    /** Whether colour, direction and speed are all right. */
    public boolean all() {
        return colour && direction && speed;
    }

    private static boolean follows(double vx, double vy, Direction wanted) {
        double along = vx * wanted.x() + vy * wanted.y();
        double across = Math.abs(vx * wanted.y()) + Math.abs(vy * wanted.x());
        return along > MIN_SPEED && across < MAX_DRIFT * along;
    }

    private static Speed speedOf(double vx, double vy) {
        return Math.max(Math.abs(vx), Math.abs(vy)) > FAST_FROM ? Speed.FAST : Speed.SLOWLY;
    }

    /** Where the colour's centroid was, over the {@code length} frames that show enough of it. */
    private static final class Track {
        private final double[] time;
        private final double[] x;
        private final double[] y;
        private int length;

        private Track(int frames) {
            time = new double[frames];
            x = new double[frames];
            y = new double[frames];
        }

        static Track of(Frames frames, Colour colour) {
            Track track = new Track(frames.count());
            for (int t = 0; t < frames.count(); t++) {
                track.add(frames, t, colour);
            }
            return track;
        }

        private void add(Frames frames, int t, Colour colour) {
            double mass = 0;
            double sumX = 0;
            double sumY = 0;
            int at = t * frames.height() * frames.width() * 3;
            for (int row = 0; row < frames.height(); row++) {
                for (int column = 0; column < frames.width(); column++, at += 3) {
                    double weight = weight(frames.rgb(), at, colour);
                    if (weight > MIN_WEIGHT) {
                        mass += weight;
                        sumX += weight * column;
                        sumY += weight * row;
                    }
                }
            }
            if (mass > MIN_MASS) {
                time[length] = t;
                x[length] = sumX / mass;
                y[length] = sumY / mass;
                length++;
            }
        }

        /** The weakest channel that the colour has above the strongest that it has not, -1..1. */
        private static double weight(byte[] rgb, int at, Colour colour) {
            int weakestOn = 255;
            int strongestOff = 0;
            for (int channel = 0; channel < 3; channel++) {
                int value = rgb[at + channel] & 0xff;
                if (colour.has(channel)) {
                    weakestOn = Math.min(weakestOn, value);
                } else {
                    strongestOff = Math.max(strongestOff, value);
                }
            }
            return (weakestOn - strongestOff) / 255.0;
        }

        /** Least-squares slope of {@code values} over time, per frame. */
        private double slope(double[] values) {
            double mean = 0;
            for (int i = 0; i < length; i++) {
                mean += time[i] / length;
            }
            double squares = 0;
            double products = 0;
            for (int i = 0; i < length; i++) {
                squares += (time[i] - mean) * (time[i] - mean);
                products += (time[i] - mean) * values[i];
            }
            return products / squares;
        }
    }
}
