package io.flowblend.model.lora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.tensor.ThinProduct;
import io.flowblend.tensor.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * An open LoRA file: for each module a product of two thin matrices that is added to its weight,
 * {@code W + strength (alpha / rank) B A} (Hu et al. 2021, arXiv 2106.09685), or a difference as it stands. Rank and alpha are
 * each module's own; without an alpha it is the rank.
 */
final class LoraFile implements AutoCloseable {
    private enum Part {
        DOWN("lora_A|lora_down|lora\\.down"),
        UP("lora_B|lora_up|lora\\.up"),
        ALPHA("alpha"),
        DIFFERENCE("diff"),
        BIAS("diff_b");

        private final Pattern pattern;

        Part(String names) {
            pattern = Pattern.compile("(.+)\\.(" + names + ")(\\.default)?(\\.weight)?");
        }
    }

    private static final Pattern UP_BIAS = Pattern.compile("(.+)\\.(lora_B|lora_up)(\\.default)?\\.bias");
    private static final String BLOCKS = "(?:blocks|transformer_blocks)\\..*";
    private static final String ADAPTER = "lora_adapter_metadata";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final double strength;
    private final Weights tensors;
    /** Names of the parts by module as the file names it. */
    private final Map<String, Map<Part, String>> parts = new TreeMap<>();

    private final JsonNode adapter;

    private LoraFile(Lora lora, Weights tensors) {
        this.file = lora.file();
        this.strength = lora.strength();
        this.tensors = tensors;
        this.adapter = adapter(file);
        new TreeSet<>(tensors.names()).forEach(this::sort);
        parts.forEach(this::requireWhole);
    }

    static LoraFile open(Lora lora) {
        Weights tensors = Weights.open(ModelFiles.require(lora.file()));
        try {
            return new LoraFile(lora, tensors);
        } catch (RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    private void sort(String name) {
        for (Part part : Part.values()) {
            Matcher matcher = part.pattern.matcher(name);
            if (matcher.matches()) {
                put(matcher.group(1), part, name);
                return;
            }
        }
        Matcher bias = UP_BIAS.matcher(name);
        if (!bias.matches()) {
            throw new InvalidFileException(
                    file,
                    "tensor '" + name + "' is not of a LoRA; expected are lora_A and lora_B (or lora_down and lora_up),"
                            + " alpha, diff and diff_b (DoRA, LoHa and LoKr are not supported)");
        }
        put(bias.group(1), Part.BIAS, name);
    }

    private void put(String module, Part part, String name) {
        String twice =
                parts.computeIfAbsent(module, any -> new EnumMap<>(Part.class)).put(part, name);
        if (twice != null) {
            throw new InvalidFileException(file, "tensors '" + twice + "' and '" + name + "' are the same part");
        }
    }

    private void requireWhole(String module, Map<Part, String> found) {
        boolean down = found.containsKey(Part.DOWN);
        if (down != found.containsKey(Part.UP)) {
            String there = String.valueOf(found.get(down ? Part.DOWN : Part.UP));
            throw new InvalidFileException(
                    file,
                    "tensor '" + there + "' has no " + (down ? "lora_B or lora_up" : "lora_A or lora_down")
                            + " beside it");
        }
        if (!down && found.keySet().equals(Set.of(Part.ALPHA))) {
            throw new InvalidFileException(
                    file,
                    "tensor '" + found.get(Part.ALPHA) + "' has no matrices beside it: module '" + module
                            + "' is not whole");
        }
    }

    /** Products for the linear layers of the blocks, by the name of their weight, as {@code model} computes. */
    Map<String, ThinProduct> products(Weights model) {
        requireFits(model);
        ModuleNames names = new ModuleNames(model.names());
        Map<String, ThinProduct> products = new TreeMap<>();
        parts.forEach((named, found) -> {
            String weight = names.module(named).orElseThrow() + ".weight";
            boolean linear = weight.matches(BLOCKS) && model.shape(weight).length == 2;
            if (linear && found.containsKey(Part.DOWN) && !found.containsKey(Part.DIFFERENCE)) {
                products.put(weight, product(named, found, model));
            }
        });
        return products;
    }

    private ThinProduct product(String named, Map<Part, String> found, Weights model) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor down = tensors.exact(String.valueOf(found.get(Part.DOWN))).flatten(1, -1);
            Tensor up = tensors.exact(String.valueOf(found.get(Part.UP))).flatten(1, -1);
            double factor = strength * alpha(named, found, down.size(0)) / down.size(0);
            return ThinProduct.of(down.t(), up.mul(new Scalar(factor)).t(), model);
        }
    }

    /** Fails at the first tensor that fits no weight of the model in shape or name. */
    void requireFits(Weights model) {
        ModuleNames names = new ModuleNames(model.names());
        changes(model.names());
        parts.forEach((named, found) -> {
            String module = names.module(named).orElseThrow();
            if (found.containsKey(Part.DOWN)) {
                requireFits(model.shape(module + ".weight"), found);
            }
            requireShape(found.get(Part.DIFFERENCE), module + ".weight", model);
            requireShape(found.get(Part.BIAS), module + ".bias", model);
        });
    }

    private void requireShape(@Nullable String name, String weight, Weights model) {
        if (name != null && !Arrays.equals(tensors.shape(name), model.shape(weight))) {
            throw misfit(name, Arrays.toString(model.shape(weight)));
        }
    }

    private void requireFits(long[] weight, Map<Part, String> found) {
        String downName = String.valueOf(found.get(Part.DOWN));
        String upName = String.valueOf(found.get(Part.UP));
        long[] down = tensors.shape(downName);
        long[] up = tensors.shape(upName);
        long rank = down[0];
        if (up.length < 2 || up[1] != rank) {
            throw new InvalidFileException(
                    file,
                    "tensor '" + upName + "' has shape " + Arrays.toString(up) + ", but '" + downName + "' has rank "
                            + rank);
        }
        long inputs = Arrays.stream(weight).skip(1).reduce(1, Math::multiplyExact);
        if (Arrays.stream(down).skip(1).reduce(1, Math::multiplyExact) != inputs) {
            throw misfit(downName, "[" + rank + ", " + inputs + "]");
        }
        if (up[0] != weight[0]) {
            throw misfit(upName, "[" + weight[0] + ", " + rank + "]");
        }
    }

    /** What is to be done to each tensor of the model, by its name. */
    Map<String, UnaryOperator<Tensor>> changes(Collection<String> model) {
        ModuleNames names = new ModuleNames(model);
        Map<String, UnaryOperator<Tensor>> changes = new TreeMap<>();
        parts.forEach((named, found) -> {
            String first = found.values().iterator().next();
            String module = names.module(named)
                    .orElseThrow(() ->
                            new InvalidFileException(file, "tensor '" + first + "' belongs to no module of the model"));
            if (found.containsKey(Part.DOWN) || found.containsKey(Part.DIFFERENCE)) {
                changes.put(module + ".weight", weight -> changed(weight, named, found));
            }
            String bias = found.get(Part.BIAS);
            if (bias != null) {
                if (!model.contains(module + ".bias")) {
                    throw new InvalidFileException(
                            file, "tensor '" + bias + "' is a bias, but the model's '" + module + "' has none");
                }
                changes.put(module + ".bias", old -> sum(old, fitting(old, bias, tensors.tensor(bias)), strength));
            }
        });
        return changes;
    }

    private Tensor changed(Tensor weight, String named, Map<Part, String> found) {
        String difference = found.get(Part.DIFFERENCE);
        Tensor sum = difference == null
                ? weight
                : sum(weight, fitting(weight, difference, tensors.tensor(difference)), strength);
        return found.containsKey(Part.DOWN) ? withProduct(sum, named, found) : sum;
    }

    private Tensor withProduct(Tensor weight, String named, Map<Part, String> found) {
        String downName = String.valueOf(found.get(Part.DOWN));
        String upName = String.valueOf(found.get(Part.UP));
        requireFits(TensorData.shape(weight), found);
        Tensor down = tensors.exact(downName).flatten(1, -1);
        Tensor up = tensors.exact(upName).flatten(1, -1);
        long rank = down.size(0);
        Tensor product = up.matmul(down).view(TensorData.shape(weight));
        return sum(weight, product, strength * alpha(named, found, rank) / rank);
    }

    private double alpha(String named, Map<Part, String> found, long rank) {
        String alpha = found.get(Part.ALPHA);
        if (alpha != null) {
            return tensors.tensor(alpha).item_double();
        }
        String name = named.startsWith("transformer.") ? named.substring("transformer.".length()) : named;
        JsonNode own = adapter.path("transformer.alpha_pattern").path(name);
        return own.isNumber()
                ? own.doubleValue()
                : adapter.path("transformer.lora_alpha").asDouble((double) rank);
    }

    /** In float32, and then in the weight's own format. */
    private static Tensor sum(Tensor weight, Tensor added, double factor) {
        return weight.to(ScalarType.Float)
                .add(added.to(weight.device(), ScalarType.Float), new Scalar(factor))
                .to(weight.dtype().toScalarType());
    }

    private Tensor fitting(Tensor weight, String name, Tensor added) {
        if (!Arrays.equals(TensorData.shape(weight), TensorData.shape(added))) {
            throw misfit(name, shape(weight));
        }
        return added;
    }

    private InvalidFileException misfit(String name, String expected) {
        return new InvalidFileException(
                file,
                "tensor '" + name + "' has shape " + Arrays.toString(tensors.shape(name))
                        + ", but the model's weight asks for "
                        + expected);
    }

    private static String shape(Tensor tensor) {
        return Arrays.toString(TensorData.shape(tensor));
    }

    /** What diffusers writes into the header of such a file: ranks and alphas. */
    private static JsonNode adapter(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            long length = ByteBuffer.wrap(in.readNBytes(Long.BYTES))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getLong();
            String header = new String(in.readNBytes(Math.toIntExact(length)), StandardCharsets.UTF_8);
            return JSON.readTree(
                    JSON.readTree(header).path("__metadata__").path(ADAPTER).asText("{}"));
        } catch (JsonProcessingException e) {
            throw new InvalidFileException(file, "'" + ADAPTER + "' in its header is not JSON", e);
        } catch (IOException e) {
            throw new InvalidFileException(file, "cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        tensors.close();
    }
}
