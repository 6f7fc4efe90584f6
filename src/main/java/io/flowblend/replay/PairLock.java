package io.flowblend.replay;

import io.flowblend.sampling.SamplingSpec;
import java.util.function.BooleanSupplier;

/** Lets a replay use the pair while nobody else does. */
@FunctionalInterface
public interface PairLock {
    /**
     * Waits for the pair, and samples on the calling thread.
     *
     * @param giveWay whether to stop after the step under way
     * @return what {@code work} returns
     */
    boolean enter(BooleanSupplier giveWay, Work work);

    /** What is done while the pair is held. */
    @FunctionalInterface
    interface Work {
        /**
         * @param whole the request from noise, with the sources to be read; the same at each call
         * @param giveWay asked after each step; also true while a video waits for the pair
         * @return whether all is done
         */
        boolean sample(SamplingSpec whole, BooleanSupplier giveWay);
    }
}
