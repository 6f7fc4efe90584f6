package io.flowblend.tensor;

import io.flowblend.file.InvalidFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
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
 * The weights of one model, memory-mapped from its files ({@link WeightFiles}). Data is touched only by {@link #tensor} and
 * {@link #exact}, which bring it to the model's device and format. The tensors handed out belong to this object and live until
 * {@link #close()}.
 */
public final class Weights implements AutoCloseable {
    static {
        NativeDefaults.apply();
    }

    /** Stored bytes from which on casting gains more by several threads than finding out how many costs. */
    private static final long WORTH_ALL_THREADS = 256L << 20;

    private final WeightFiles files;
    private final Placement placement;
    private final Map<String, StoredTensor> places;
    private final Map<Path, Tensor> mapped = new HashMap<>();
    private final Set<String> unread = new TreeSet<>();
    private final List<Tensor> owned = new ArrayList<>();
    private final Map<String, UnaryOperator<Tensor>> changes = new HashMap<>();
    private final Map<String, List<ThinProduct>> beside = new HashMap<>();
    private final Map<String, Tensor> handedOut = new HashMap<>();
    private Map<String, Tensor> shared = Map.of();

    private Weights(WeightFiles files, Placement placement) {
        this.files = files;
        this.placement = placement;
        this.places = files.tensors();
        unread.addAll(places.keySet());
    }

    /** As {@link #open(Path, Placement)}, in float32 on the CPU. */
    public static Weights open(Path source) {
        return open(source, Placement.CPU);
    }

    /**
     * Opens {@code source}, as {@link WeightFiles#read} says.
     *
     * @param placement where tensors are brought, and their format where that is not said otherwise
     */
    public static Weights open(Path source, Placement placement) {
        return open(WeightFiles.read(source), placement);
    }

    /** As {@link #open(Path, Placement)}, by the names that {@code files} gives. */
    public static Weights open(WeightFiles files, Placement placement) {
        Devices.use(placement);
        return new Weights(files, placement);
    }

    /**
     * Builds a model from {@code files}; its weights are freed again if that fails. What the model derives from them and
     * keeps has to be given to {@link #own}.
     *
     * @param placement as for {@link #open(Path, Placement)}
     */
    @SuppressWarnings("try") // the scope is there for what its closing frees
    public static <T> T load(WeightFiles files, Placement placement, Function<Weights, T> build) {
        Weights weights = open(files, placement);
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
        return files.source();
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

    /** Sizes along the axes of the tensor {@code name}, which has to be there. */
    public long[] shape(String name) {
        StoredTensor place = places.get(name);
        if (place == null) {
            throw new InvalidFileException(files.source(), "tensor '" + name + "' is missing");
        }
        return place.shape().clone();
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
        return places.values().stream().mapToLong(StoredTensor::values).sum();
    }

    /**
     * The half-width format that the whole model was cast to before it was saved in the layout of diffusers, which is then
     * that of all its floating tensors; otherwise Float.
     */
    public ScalarType castFormat() {
        Set<StoredType> types = places.values().stream()
                .map(StoredTensor::type)
                .filter(StoredType::isFloating)
                .collect(Collectors.toSet());
        boolean half = types.equals(Set.of(StoredType.F16)) || types.equals(Set.of(StoredType.BF16));
        return half && !files.isRenamed() ? types.iterator().next().torchType() : ScalarType.Float;
    }

    /** The tensor {@code name} in the shape that the file gives; floating formats as the placement's. */
    public Tensor tensor(String name) {
        return tensor(name, placement.format());
    }

    private Tensor tensor(String name, ScalarType format) {
        StoredTensor place = places.get(name);
        if (place == null) {
            throw new InvalidFileException(files.source(), "tensor '" + name + "' is missing");
        }
        unread.remove(name);
        String key = name + ' ' + format;
        try (TensorScope scope = TensorScope.open()) {
            Tensor there = shared.get(key);
            Tensor ready = there != null
                    ? there.detach()
                    : ready(
                            place,
                            place.type().isFloating() ? format : place.type().torchType());
            Tensor changed =
                    own(changes.getOrDefault(name, UnaryOperator.identity()).apply(ready));
            handedOut.put(key, changed);
            return changed;
        }
    }

    /**
     * Takes what {@code others} have handed out, with their changes, in place of reading it again: both then hold one and the same
     * memory, whichever is closed first.
     *
     * @param others open, of the same files and placement
     */
    public Weights sharing(Weights others) {
        shared = others.handedOut;
        return this;
    }

    /** What is to be added to the outcome of linear layers, by the name of their weight, and is not in the weight itself. */
    public void addBeside(Map<String, ThinProduct> products) {
        products.forEach((name, product) ->
                beside.computeIfAbsent(name, any -> new ArrayList<>()).add(product));
    }

    /** The products beside the weight {@code name}; whoever asks for them has to use them. */
    public List<ThinProduct> beside(String name) {
        List<ThinProduct> products = beside.remove(name);
        return products == null ? List.of() : products;
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

    private Tensor ready(StoredTensor place, ScalarType format) {
        Tensor bytes = mapped(place.file()).narrow(0, place.begin(), place.bytes());
        StoredType type = place.type();
        if (type.block().isPresent()) {
            return DecodedPages.ready(bytes, type.block().get(), place.shape(), format, placement);
        }
        if (place.scale().isPresent()) {
            Tensor scale = ready(place.scale().get(), ScalarType.Float);
            return MappedPages.scaled(bytes, type.torchType(), place.shape(), scale, format, placement);
        }
        return MappedPages.ready(bytes, type.torchType(), place.shape(), format, placement);
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
        if (place != null && !place.type().isFloating()) {
            throw new InvalidFileException(
                    place.file(),
                    "tensor '" + name + "' is stored as " + place.type()
                            + ", whole numbers, where a weight was expected: it is quantised in a way that is not read here");
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
        if (!beside.isEmpty()) {
            throw new IllegalStateException("nobody adds the product beside "
                    + beside.keySet().iterator().next());
        }
        if (!unread.isEmpty()) {
            throw new InvalidFileException(
                    files.source(),
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
        handedOut.clear();
        mapped.values().forEach(Tensor::close);
        mapped.clear();
    }
}
