package io.flowblend.tensor;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The number formats that a weight file may store here. All floating ones are brought to the format that a model computes in;
 * those of ggml's blocks are decoded to float32 first.
 */
enum StoredType {
    F64(8, ScalarType.Double),
    F32(4, ScalarType.Float),
    F16(2, ScalarType.Half),
    BF16(2, ScalarType.BFloat16),
    F8_E4M3(1, ScalarType.Float8_e4m3fn),
    F8_E5M2(1, ScalarType.Float8_e5m2),
    I64(8, ScalarType.Long),
    I32(4, ScalarType.Int),
    I16(2, ScalarType.Short),
    I8(1, ScalarType.Char),
    U8(1, ScalarType.Byte),
    BOOL(1, ScalarType.Bool),
    Q4_0(QuantisedBlock.Q4_0),
    Q4_1(QuantisedBlock.Q4_1),
    Q5_0(QuantisedBlock.Q5_0),
    Q5_1(QuantisedBlock.Q5_1),
    Q8_0(QuantisedBlock.Q8_0),
    Q2_K(QuantisedBlock.Q2_K),
    Q3_K(QuantisedBlock.Q3_K),
    Q4_K(QuantisedBlock.Q4_K),
    Q5_K(QuantisedBlock.Q5_K),
    Q6_K(QuantisedBlock.Q6_K),
    IQ4_NL(QuantisedBlock.IQ4_NL),
    IQ4_XS(QuantisedBlock.IQ4_XS);

    private static final Set<StoredType> WHOLE = EnumSet.of(I64, I32, I16, I8, U8, BOOL);

    private final int unitValues;
    private final int unitBytes;
    private final ScalarType torchType;
    private final Optional<QuantisedBlock> block;

    StoredType(int bytes, ScalarType torchType) {
        this.unitValues = 1;
        this.unitBytes = bytes;
        this.torchType = torchType;
        this.block = Optional.empty();
    }

    StoredType(QuantisedBlock block) {
        this.unitValues = block.length();
        this.unitBytes = block.bytes();
        this.torchType = ScalarType.Float;
        this.block = Optional.of(block);
    }

    /** Values that are stored together: 1, or those of a block. */
    int unitValues() {
        return unitValues;
    }

    /** Bytes of as many values. */
    int unitBytes() {
        return unitBytes;
    }

    /** The format of libtorch that they are read as; float32 of blocks, which it does not know. */
    ScalarType torchType() {
        return torchType;
    }

    /** The block that values are stored in, if they are. */
    Optional<QuantisedBlock> block() {
        return block;
    }

    boolean isFloating() {
        return !WHOLE.contains(this);
    }

    /** The format of safetensors of that name. */
    static Optional<StoredType> of(String name) {
        return Arrays.stream(values())
                .filter(type -> type.block.isEmpty() && type.name().equals(name))
                .findFirst();
    }

    /** Names of the formats of safetensors, for messages. */
    static String names() {
        return Arrays.stream(values())
                .filter(type -> type.block.isEmpty())
                .toList()
                .toString();
    }
}
