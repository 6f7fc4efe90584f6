package io.flowblend.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.tensor.WeightFiles;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** How the files of one class of models may name their tensors. */
interface Layout {
    /** Classes of diffusers or transformers that a file of this model may be of. */
    Set<String> classes();

    /** Names of which a file of the model has one: of other layouts, then of diffusers' own. */
    List<String> marks();

    /**
     * The name of diffusers for each name, or none where a tensor is not needed.
     *
     * @param mark the one of {@link #marks()} that the file has
     * @param all all names
     */
    Function<String, Optional<String>> names(String mark, Set<String> all);

    /**
     * The {@code config.json} that diffusers would have written, as far as the defaults do not say it.
     *
     * @param files with the names of diffusers
     * @throws io.flowblend.file.InvalidFileException if the tensors do not tell it
     */
    ObjectNode config(WeightFiles files);
}
