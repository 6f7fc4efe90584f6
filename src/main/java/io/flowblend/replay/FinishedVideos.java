package io.flowblend.replay;

/** Hears of the videos that the pairs finish, on the thread that made them. */
@FunctionalInterface
public interface FinishedVideos {
    /** Takes no notice. */
    FinishedVideos NONE = (pair, video) -> {};

    void finished(Replayer pair, FinishedVideo video);
}
