/** Every rule side by side on prompts that nothing was fitted to, and whether promises are kept. */
@NullMarked
package io.flowblend.experiment.policies;

import org.jspecify.annotations.NullMarked;
