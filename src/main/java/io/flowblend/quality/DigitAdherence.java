package io.flowblend.quality;

import io.flowblend.quality.DigitCaption.Direction;
import io.flowblend.quality.DigitCaption.Speed;
import io.flowblend.video.Frames;

/**
 * How far a video shows what a caption of the built-in pair says: something of the colour is there, and it moves in the
 * direction and at the speed. Which digit it is, {@link DigitReader} judges.
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
    private static final double MIN_VISIBLE = 0.8;
    /** Speed from which something moves at all, pixels a frame. */
    private static final double MIN_SPEED = 0.4;
    /** Largest speed across the direction of motion, as a share of the speed along it. */
    private static final double MAX_DRIFT = 0.5;
    /** Speed above which a motion is fast, pixels a frame. */
    private static final double FAST_FROM = 1.45;

    /** Measures {@code frames} against one part of its prompt. */
    public static DigitAdherence measure(Frames frames, DigitCaption caption) {
        ColourTrack track = ColourTrack.of(frames, caption.colour());
        double visible = frames.count() == 0 ? 0 : (double) track.points().size() / frames.count();
        // The pair's videos have 17 frames, of which 8 suffice for a line.
        boolean longEnough = track.points().size() >= Math.max(2, frames.count() / 2);
        double vx = longEnough ? track.slope(ColourTrack.Point::x) : 0;
        double vy = longEnough ? track.slope(ColourTrack.Point::y) : 0;
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
}
