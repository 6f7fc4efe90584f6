package io.flowblend.tensor;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The weights of one model folder, memory-mapped from one {@code *.safetensors} file or from the shards that a
 * {@code *.safetensors.index.json} lists. Headers are checked when the folder is opened; data is touched only by
 * {@link #tensor} and {@link #exact}, which bring it to the model's device and format. The tensors handed out belong to this
 * object and live until {@link #close()}.
 */
public final class Weights implements AutoCloseable {
    static {
        NativeDefaults.apply();
    }

    /** Stored bytes from which on casting gains more by several threads than finding out how many costs. */
    private static final long WORTH_ALL_THREADS = 256L << 20;

    private final Path folder;
    private final Placement placement;
    private final Map<String, StoredTensor> places = new LinkedHashMap<>();
    private final Map<Path, Tensor> mapped = new HashMap<>();
    private final Set<String> unread = new TreeSet<>();
    private final List<Tensor> owned = new ArrayList<>();
    private final Map<String, UnaryOperator<Tensor>> changes = new HashMap<>();

    private Weights(Path folder, Placement placement) {
        this.folder = folder;
        this.placement = placement;
    }

    /** Whether {@code folder} holds a safetensors file or an index of such. */
    public static boolean areIn(Path folder) {
        return WeightFolder.holdsWeights(folder);
    }

    /** As {@link #open(Path, Placement)}, in float32 on the CPU. */
    public static Weights open(Path source) {
        return open(source, Placement.CPU);
    }

    /**
     * Opens {@code source}: a folder with an index or exactly one safetensors file, or such a file itself.
     *
     * @param placement where tensors are brought, and their format where that is not said otherwise
     */
    public static Weights open(Path source, Placement placement) {
        Devices.use(placement);
        Weights weights = new Weights(source, placement);
        weights.places.putAll(
                Files.isRegularFile(source) ? SafetensorsHeader.read(source).tensors() : WeightFolder.tensors(source));
        weights.unread.addAll(weights.places.keySet());
        return weights;
    }

    /**
     * Builds a model from {@code source}; its weights are freed again if that fails. What the model derives from them and
     * keeps has to be given to {@link #own}.
     *
     * @param placement as for {@link #open(Path, Placement)}
     */
    @SuppressWarnings("try") // the scope is there for what its closing frees
    public static <T> T load(Path source, Placement placement, Function<Weights, T> build) {
        Weights weights = open(source, placement);
        try (TensorScope scope = TensorScope.open()) {
            return weights.storedBytes() < WORTH_ALL_THREADS
                    ? build.apply(weights)
                    : NativeRuntime.onAllThreads(() -> build.apply(weights));
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    public Path source() {
        return folder;
    }

    public Placement placement() {
        return placement;
    }

    public Set<String> names() {
        return Set.copyOf(places.keySet());
    }

    public boolean has(String name) {
        return places.containsKey(name);
    }

    /** Bytes of the stored values of all tensors. */
    public long storedBytes() {
        return places.values().stream().mapToLong(StoredTensor::bytes).sum();
    }

    /** Bytes of the stored values by the name of their format in the file, such as BF16. */
    public Map<String, Long> bytesByFormat() {
        return places.values().stream()
                .collect(Collectors.groupingBy(
                        place -> place.type().name(), TreeMap::new, Collectors.summingLong(StoredTensor::bytes)));
    }

    /** Numbers in all tensors. */
    public long parameters() {
        return places.values().stream()
                .mapToLong(place -> place.bytes() / place.type().bytes())
                .sum();
    }

    /** The format that all floating tensors are stored in; Float if they are not all stored alike. */
    public ScalarType storedFormat() {
        Set<StoredType> types = places.values().stream()
                .map(StoredTensor::type)
                .filter(StoredType::isFloating)
                .collect(Collectors.toSet());
        return types.size() == 1 ? types.iterator().next().torchType() : ScalarType.Float;
    }

    /** The tensor {@code name} in the shape that the file gives; floating formats as the placement's. */
    public Tensor tensor(String name) {
        return tensor(name, placement.format());
    }

    private Tensor tensor(String name, ScalarType format) {
        StoredTensor place = places.get(name);
        if (place == null) {
            throw new InvalidFileException(folder, "tensor '" + name + "' is missing");
        }
        unread.remove(name);
        try (TensorScope scope = TensorScope.open()) {
            Tensor bytes = mapped(place.file()).narrow(0, place.begin(), place.bytes());
            ScalarType stored = place.type().torchType();
            Tensor ready = MappedPages.ready(
                    bytes, stored, place.shape(), place.type().isFloating() ? format : stored, placement);
            return own(changes.getOrDefault(name, UnaryOperator.identity()).apply(ready));
        }
    }

    /**
     * Hands out tensors as {@code more} changes them, after what was to be done to them before.
     *
     * @param more by name; each answers a new tensor, or the one that it was given
     */
    public void change(Map<String, UnaryOperator<Tensor>> more) {
        more.forEach((name, operator) ->
                changes.merge(name, operator, (first, second) -> tensor -> second.apply(first.apply(tensor))));
    }

    /** The tensor {@code name}, which has to have the given shape. */
    public Tensor tensor(String name, long... shape) {
        requireShape(name, shape);
        return tensor(name, placement.format());
    }

    /** The tensor {@code name} in the shape that the file gives, in float32 whatever the placement's format. */
    public Tensor exact(String name) {
        return tensor(name, ScalarType.Float);
    }

    /** As {@link #tensor(String, long...)}, in float32 whatever the placement's format. */
    public Tensor exact(String name, long... shape) {
        requireShape(name, shape);
        return tensor(name, ScalarType.Float);
    }

    private void requireShape(String name, long... shape) {
        StoredTensor place = places.get(name);
        if (place != null && !Arrays.equals(place.shape(), shape)) {
            throw new InvalidFileException(
                    place.file(),
                    "tensor '" + name + "' has shape " + Arrays.toString(place.shape()) + ", expected "
                            + Arrays.toString(shape));
        }
    }

    /** Leaves the tensor {@code name} aside: it is known to hold what another tensor holds as well. */
    public void ignore(String name) {
        unread.remove(name);
    }

    /** Names that nobody has asked for yet: extra tensors, once a model is built. */
    public Set<String> unread() {
        return Set.copyOf(unread);
    }

    /** Fails if a tensor was never asked for: the file is of another architecture than its config says. */
    public void requireAllRead() {
        if (!unread.isEmpty()) {
            throw new InvalidFileException(
                    folder,
                    unread.size() + " tensors do not belong to the architecture that config.json names, first '"
                            + unread.iterator().next() + "'");
        }
    }

    /** Makes {@code tensor}, derived from these weights (fused, transposed), live as long as they do. */
    public Tensor own(Tensor tensor) {
        owned.add(TensorScope.own(tensor));
        return tensor;
    }

    private Tensor mapped(Path file) {
        return mapped.computeIfAbsent(file, f -> {
            try (TensorScope scope = TensorScope.open()) {
                long size = Files.size(f);
                return own(torch.from_file(
                        f.toString(),
                        new BoolOptional(false),
                        new LongOptional(size),
                        new TensorOptions(ScalarType.Byte)));
            } catch (IOException e) {
                throw new InvalidFileException(f, "cannot be read: " + e.getMessage(), e);
            }
        });
    }

    @Override
    public void close() {
        owned.forEach(Tensor::close);
        owned.clear();
        mapped.values().forEach(Tensor::close);
        mapped.clear();
    }
}
