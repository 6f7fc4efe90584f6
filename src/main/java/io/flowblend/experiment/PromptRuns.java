package io.flowblend.experiment;

import java.util.List;

/**
 * All policies on one prompt.
 *
 * @param index number of the held-out prompt
 * @param digits in it, 1 or 2
 */
public record PromptRuns(int index, String prompt, long seed, int digits, List<PolicyRun> runs) {}
