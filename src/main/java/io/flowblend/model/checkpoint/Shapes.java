package io.flowblend.model.checkpoint;

import io.flowblend.file.InvalidFileException;
import io.flowblend.tensor.WeightFiles;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the tensors of a file tell of a model's size. */
final class Shapes {
    private final WeightFiles files;

    Shapes(WeightFiles files) {
        this.files = files;
    }

    /** The size of a tensor along an axis. */
    long size(String name, int axis) {
        long[] shape = files.shape(name);
        if (axis >= shape.length) {
            throw unclear("tensor '" + name + "' has shape " + Arrays.toString(shape) + ", which is of no known model");
        }
        return shape[axis];
    }

    boolean has(String name) {
        return files.has(name);
    }

    /** One more than the largest number that stands where {@code (\d+)} does; 0 if no name fits. */
    int count(String name) {
        Pattern pattern = Pattern.compile(name + ".*");
        return files.names().stream()
                .map(pattern::matcher)
                .filter(Matcher::matches)
                .mapToInt(found -> Integer.parseInt(found.group(1)) + 1)
                .max()
                .orElse(0);
    }

    /** What {@code width} comes to in heads of {@code headWidth}. */
    long heads(long width, long headWidth) {
        if (width % headWidth != 0) {
            throw unclear("a width of " + width + " is not made of heads of " + headWidth);
        }
        return width / headWidth;
    }

    /** The exception for a file whose tensors do not tell what has to be known. */
    InvalidFileException unclear(String why) {
        return new InvalidFileException(
                files.source(), why + ": a config.json of diffusers beside the file has to describe the model");
    }
}
