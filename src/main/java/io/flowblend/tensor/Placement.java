package io.flowblend.tensor;

import java.util.List;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Where a model lies and in which format it computes.
 *
 * @param device {@code cpu}, or {@code cuda:N} for the GPU of that number, from 0
 * @param format of weights and activations: float32 or bfloat16. What a model is sensitive to stays in float32 in either
 */
public record Placement(String device, ScalarType format) {
    /** Float32 on the CPU. */
    public static final Placement CPU = new Placement("cpu", ScalarType.Float);

    /** The formats by the names that people write. */
    public static final List<String> FORMATS = List.of("float32", "bfloat16");

    private static final Pattern DEVICE = Pattern.compile("cpu|cuda(:\\d{1,2})?");

    public Placement {
        format = format.intern(); // what tensors answer is another object of the same value
        if (format != ScalarType.Float && format != ScalarType.BFloat16) {
            throw new IllegalArgumentException("models compute in " + String.join(" or ", FORMATS));
        }
    }

    /** Whether {@code name} can be the name of a device, there or not. */
    public static boolean isDevice(String name) {
        return DEVICE.matcher(name).matches();
    }

    /** @param format one of {@link #FORMATS} */
    public static Placement of(String device, String format) {
        return new Placement(
                device.equals("cuda") ? "cuda:0" : device,
                format.equals("bfloat16") ? ScalarType.BFloat16 : ScalarType.Float);
    }

    /** The same device, in float32. */
    public Placement exact() {
        return new Placement(device, ScalarType.Float);
    }

    /** Whether activations are shorter than float32, so that what is sensitive has to be widened. */
    public boolean narrow() {
        return format != ScalarType.Float;
    }

    boolean onCpu() {
        return device.equals("cpu");
    }

    public boolean onGpu() {
        return device.startsWith("cuda");
    }

    /** Bytes of one weight or activation. */
    public int bytes() {
        return narrow() ? Short.BYTES : Float.BYTES;
    }

    /** {@code tensor} on this device in this format; itself if it is there already. */
    public Tensor here(Tensor tensor) {
        return moved(tensor, format);
    }

    /** {@code tensor} on this device in the format that it has; itself if it is there already. */
    public Tensor moved(Tensor tensor) {
        return moved(tensor, tensor.scalar_type());
    }

    /** Uninitialised values on this device. */
    Tensor empty(long[] shape, ScalarType type) {
        try (Device target = new Device(device)) {
            return torch.empty(
                    shape, new TensorOptions(type).device(new DeviceOptional(target)), new MemoryFormatOptional());
        }
    }

    /**
     * A copy of {@code values}, which are on the CPU, on this device. A GPU takes it from pinned memory when it comes to it;
     * libtorch gives that memory to no one else before, though its tensor is gone.
     */
    Tensor copied(Tensor values) {
        try (Device target = new Device(device)) {
            return onGpu()
                    ? values.pin_memory().to(target, values.scalar_type(), true, false, new MemoryFormatOptional())
                    : values.to(target, values.scalar_type(), false, true, new MemoryFormatOptional());
        }
    }

    Tensor moved(Tensor tensor, ScalarType type) {
        try (Device target = new Device(device)) {
            return tensor.to(target, type);
        }
    }

    /** The format as people write it. */
    public String formatName() {
        return FORMATS.get(narrow() ? 1 : 0);
    }
}
