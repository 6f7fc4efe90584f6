package io.flowblend.tensor;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Tensors as bytes and back, exactly as they are. The order of the values in memory is kept too: a sum depends in its last bits on
 * the order that it is taken in.
 */
public final class TensorStream {
    private static final int MOST_DIMENSIONS = 8;
    private static final long MOST_VALUES = Integer.MAX_VALUE / Double.BYTES;

    private TensorStream() {}

    /** Writes {@code tensor}, whichever device it is on. */
    public static void write(DataOutputStream out, Tensor tensor) throws IOException {
        try (TensorScope scope = TensorScope.open()) {
            Tensor near = tensor.cpu();
            out.writeUTF(near.scalar_type().intern().name());
            long[] shape = TensorData.shape(near);
            out.writeByte(shape.length);
            for (int i = 0; i < shape.length; i++) {
                out.writeLong(shape[i]);
                out.writeLong(near.stride(i));
            }
            out.write(TensorData.toBytes(near.flatten().contiguous().view(ScalarType.Byte)));
        }
    }

    /**
     * Reads what {@link #write} wrote; the tensor is on the CPU and belongs to the calling thread's innermost scope.
     *
     * @throws IOException if it is not that
     */
    public static Tensor read(DataInputStream in) throws IOException {
        ScalarType type = type(in.readUTF());
        int dimensions = in.readUnsignedByte();
        if (dimensions > MOST_DIMENSIONS) {
            throw new IOException("a tensor of " + dimensions + " dimensions");
        }
        long[] shape = new long[dimensions];
        long[] strides = new long[dimensions];
        long count = 1;
        for (int i = 0; i < dimensions; i++) {
            shape[i] = in.readLong();
            strides[i] = in.readLong();
            count *= shape[i];
            if (shape[i] < 1 || strides[i] < 0 || count > MOST_VALUES) {
                throw new IOException("a tensor with a dimension of " + shape[i]);
            }
        }
        byte[] bytes = in.readNBytes(Math.toIntExact(count * torch.elementSize(type)));
        if (bytes.length < count * torch.elementSize(type)) {
            throw new IOException("a tensor that is cut off");
        }
        return laidOut(bytes, type, shape, strides);
    }

    private static Tensor laidOut(byte[] bytes, ScalarType type, long[] shape, long[] strides) {
        TensorScope scope = TensorScope.open();
        try (scope;
                BytePointer data = new BytePointer(bytes)) {
            Tensor values = torch.from_blob(data, new long[] {bytes.length}, new TensorOptions(ScalarType.Byte))
                    .clone()
                    .view(type)
                    .view(shape);
            return scope.keep(
                    overlaps(shape, strides)
                            ? values
                            : torch.empty_strided(shape, strides, new TensorOptions(type))
                                    .copy_(values));
        }
    }

    /** Whether values share their place, as in a tensor that was expanded. */
    private static boolean overlaps(long[] shape, long[] strides) {
        for (int i = 0; i < shape.length; i++) {
            if (strides[i] == 0 && shape[i] > 1) {
                return true;
            }
        }
        return false;
    }

    private static ScalarType type(String name) throws IOException {
        for (ScalarType type : new ScalarType[] {
            ScalarType.Float, ScalarType.BFloat16, ScalarType.Half, ScalarType.Double, ScalarType.Long
        }) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        throw new IOException("a tensor of type " + name);
    }
}
