package io.flowblend.jobs;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * How a pair is calibrated: by lessons, each of which is learned as a whole or not at all. Called on one thread at a time.
 */
public interface Course {
    /**
     * @param pair id of the pair
     * @param prompts what to make videos of, from the operator; empty = whatever suits the pair
     * @param lessons how many there are, 1 and up
     */
    record Plan(String pair, List<String> prompts, int lessons) {
        public Plan {
            prompts = List.copyOf(prompts);
        }
    }

    /**
     * Whether it can be done.
     *
     * @throws io.flowblend.pipeline.InvalidRequestException naming the field that cannot be done
     */
    void check(Plan plan);

    /**
     * Goes on with one lesson until it is learned or shall give way; then it is called again with the same lesson, in this
     * process or, from the lesson's start, in another.
     *
     * @param lesson 0 .. lessons - 1
     * @return share of the lesson that is done, 0..1; 1 once it is learned
     * @throws io.flowblend.pipeline.GenerationFailedException if it cannot be learned; the message is safe to show
     */
    double advance(Plan plan, int lesson, BooleanSupplier giveWay);
}
