package io.flowblend.video;

import java.util.Map;

/**
 * A video file that was read.
 *
 * @param fps frames a second, on average; 0 if the file does not say
 * @param codec ffmpeg's name of the codec, for example {@code h264}
 * @param pixelFormat ffmpeg's name of the stored pixel format, for example {@code yuv420p}
 * @param metadata what the file says about itself, among it what its writer was given
 * @param fastStart whether it is an MP4 file with its index in front of the frames
 */
public record DecodedVideo(
        Frames frames, double fps, String codec, String pixelFormat, Map<String, String> metadata, boolean fastStart) {
    public DecodedVideo {
        metadata = Map.copyOf(metadata);
    }
}
