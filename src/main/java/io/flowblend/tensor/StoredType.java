package io.flowblend.tensor;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The number formats that a safetensors file may store here; all floating ones are widened to float32 on the CPU. */
enum StoredType {
    F32(4, ScalarType.Float),
    F16(2, ScalarType.Half),
    BF16(2, ScalarType.BFloat16),
    I64(8, ScalarType.Long),
    I32(4, ScalarType.Int),
    BOOL(1, ScalarType.Bool);

    private final int bytes;
    private final ScalarType torchType;

    StoredType(int bytes, ScalarType torchType) {
        this.bytes = bytes;
        this.torchType = torchType;
    }

    int bytes() {
        return bytes;
    }

    ScalarType torchType() {
        return torchType;
    }

    boolean isFloating() {
        return this == F32 || this == F16 || this == BF16;
    }

    static Optional<StoredType> of(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }

    static String names() {
        return Arrays.toString(values());
    }
}
