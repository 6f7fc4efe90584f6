package io.flowblend.tensor;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Numbers into tensors and back. Every tensor made here owns a copy of its numbers. */
public final class TensorData {
    static {
        NativeDefaults.apply();
    }

    private TensorData() {}

    /** A float32 CPU tensor of {@code shape} with {@code values} in row-major order. */
    public static Tensor floats(float[] values, long... shape) {
        try (FloatPointer data = new FloatPointer(values)) {
            return torch.from_blob(data, shape).clone();
        }
    }

    /** An int64 CPU tensor of {@code shape} with {@code values} in row-major order. */
    public static Tensor longs(long[] values, long... shape) {
        try (LongPointer data = new LongPointer(values)) {
            return torch.from_blob(data, shape, new TensorOptions(ScalarType.Long))
                    .clone();
        }
    }

    /** The values of {@code tensor} in row-major order, widened or narrowed to float32. */
    public static float[] toFloats(Tensor tensor) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor plain = tensor.cpu().to(ScalarType.Float).contiguous();
            float[] values = new float[Math.toIntExact(plain.numel())];
            plain.data_ptr_float().get(values);
            return values;
        }
    }

    /** The values of a uint8 {@code tensor} in row-major order. */
    public static byte[] toBytes(Tensor tensor) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor plain = tensor.cpu().contiguous();
            byte[] values = new byte[Math.toIntExact(plain.numel())];
            plain.data_ptr_byte().get(values);
            return values;
        }
    }

    public static long[] shape(Tensor tensor) {
        long[] shape = new long[(int) tensor.dim()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = tensor.size(i);
        }
        return shape;
    }

    /** {@code |actual - expected| / |expected|} over all values (the L2 norm), computed in double precision. */
    public static double relativeL2(Tensor actual, Tensor expected) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor reference = expected.to(ScalarType.Double);
            double distance = actual.to(ScalarType.Double).sub(reference).norm().item_double();
            double length = reference.norm().item_double();
            return length == 0 ? distance : distance / length;
        }
    }
}
