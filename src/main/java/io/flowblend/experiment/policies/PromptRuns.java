package io.flowblend.experiment.policies;

import java.util.List;

/**
 * Policies on one prompt.
 *
 * @param index number of the held-out prompt
 * @param digits in it, 1 or 2
 */
record PromptRuns(int index, String prompt, long seed, int digits, List<PolicyRun> runs) {}
