package io.flowblend.tensor;

import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.JitModule;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.StringIValueMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.parameter_iterator;
import org.bytedeco.pytorch.parameter_list;

/** One TorchScript file: called by the names of its inputs, and checked in what it gives. */
public final class ScriptModule implements AutoCloseable {
    /** What the interpreter writes in front of what went wrong, behind the trace of where. */
    private static final String ERROR = "RuntimeError: ";

    private static final int LONGEST_REASON = 400;

    private final Path file;
    private final JitModule module;
    private final long parameters;

    private ScriptModule(Path file, JitModule module) {
        this.file = file;
        this.module = module;
        this.parameters = count(module);
    }

    /** Reads a file that {@code torch.jit.save} wrote. */
    public static ScriptModule load(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidFileException(file, "no such file");
        }
        ModelFiles.requireContent(file);
        try (TensorScope scope = TensorScope.open()) {
            JitModule module = torch.load(file.toString(), new DeviceOptional(new Device("cpu")), true);
            module.eval();
            ScriptModule loaded = new ScriptModule(file, module);
            module.retainReference();
            return loaded;
        } catch (RuntimeException e) {
            throw new InvalidFileException(file, "is not a usable TorchScript file: " + reason(e), e);
        }
    }

    private static long count(JitModule module) {
        try (TensorScope scope = TensorScope.open()) {
            parameter_list list = module.parameters();
            parameter_iterator next = list.begin();
            long count = 0;
            for (long i = list.size(); i > 0; i--) {
                count += next.multiply().numel();
                next.increment();
            }
            return count;
        }
    }

    public Path file() {
        return file;
    }

    /** Numbers in all parameters; a frozen module has none. */
    public long parameters() {
        return parameters;
    }

    /** The one float32 tensor that {@code forward} gives for {@code inputs} by name. */
    public Tensor call(Map<String, Tensor> inputs) {
        try (TensorScope scope = TensorScope.open();
                NoGradGuard noGradients = new NoGradGuard()) {
            // The optimising executor takes other paths in its first calls, so that equal calls would differ in the
            // last bits.
            torch.setGraphExecutorOptimize(false);
            StringIValueMap named = new StringIValueMap();
            inputs.forEach((name, value) -> named.put(new BytePointer(name), new IValue(value)));
            String given = inputs.entrySet().stream()
                    .map(input -> input.getKey() + " " + shape(input.getValue()))
                    .collect(Collectors.joining(", "));
            return scope.keep(tensor(forward(new IValueVector(), named, given)));
        }
    }

    /** The one float32 tensor that {@code forward} gives for {@code inputs} in their order, whatever it calls them. */
    public Tensor call(Tensor... inputs) {
        try (TensorScope scope = TensorScope.open();
                NoGradGuard noGradients = new NoGradGuard()) {
            torch.setGraphExecutorOptimize(false);
            IValueVector values = new IValueVector();
            for (Tensor input : inputs) {
                values.push_back(new IValue(input));
            }
            String given = Arrays.stream(inputs).map(ScriptModule::shape).collect(Collectors.joining(", "));
            return scope.keep(tensor(forward(values, new StringIValueMap(), given)));
        }
    }

    private IValue forward(IValueVector values, StringIValueMap named, String given) {
        try {
            return module.forward(values, named);
        } catch (RuntimeException e) {
            throw new InvalidFileException(file, "fails on " + given + ": " + reason(e), e);
        }
    }

    private Tensor tensor(IValue output) {
        if (!output.isTensor()) {
            throw new InvalidFileException(file, "gives a " + output.tagKind().getString() + ", expected one tensor");
        }
        // a share of its own: the other lies within the output and goes with it
        Tensor tensor = new Tensor(output.toTensor());
        ScalarType type = tensor.scalar_type();
        if (type.intern() != ScalarType.Float) {
            throw new InvalidFileException(file, "gives " + type.intern() + " values, expected Float (float32)");
        }
        return tensor;
    }

    /** Fails unless {@code output} has the {@code expected} shape. */
    public Tensor requireShape(Tensor output, long[] expected, String forWhat) {
        if (!Arrays.equals(TensorData.shape(output), expected)) {
            throw new InvalidFileException(
                    file, "gives " + shape(output) + " for " + forWhat + ", expected " + Arrays.toString(expected));
        }
        return output;
    }

    public static String shape(Tensor tensor) {
        return Arrays.toString(TensorData.shape(tensor));
    }

    /** The line of libtorch's message that says what is wrong, without the trace around it. */
    private static String reason(RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        Optional<String> error =
                message.lines().filter(line -> line.startsWith(ERROR)).findFirst();
        String line = error.map(text -> text.substring(ERROR.length()))
                .orElseGet(() -> message.lines().findFirst().orElse(""));
        return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "...";
    }

    @Override
    public void close() {
        module.close();
    }
}
