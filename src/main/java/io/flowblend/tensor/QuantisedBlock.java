package io.flowblend.tensor;

/**
 * Formats of ggml that store a tensor in blocks of equally many values: small whole numbers, and scales in float16 that
 * several of them share. A value is a scale times its number, less or plus an offset; each product and sum is rounded to
 * float32, in the order of the gguf package, so that both give the same bits.
 */
enum QuantisedBlock {
    /** d; 16 bytes, the first half of the values in their low four bits. */
    Q4_0(32, 18) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            centred(in, at + 2, 0, 8, half(in, at), out, to);
        }
    },
    /** d, offset m; numbers as in Q4_0, from 0. */
    Q4_1(32, 20) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            raised(in, at + 4, 0, half(in, at), half(in, at + 2), out, to);
        }
    },
    /** d; the fifth bits of all values; numbers as in Q4_0. */
    Q5_0(32, 22) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            centred(in, at + 6, word(in, at + 2), 16, half(in, at), out, to);
        }
    },
    /** d, m; the rest as in Q5_0, from 0. */
    Q5_1(32, 24) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            raised(in, at + 8, word(in, at + 4), half(in, at), half(in, at + 2), out, to);
        }
    },
    /** d; 32 signed bytes. */
    Q8_0(32, 34) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            float d = half(in, at);
            for (int i = 0; i < 32; i++) {
                out[to + i] = d * in[at + 2 + i];
            }
        }
    },
    /** For each 16 values a scale and an offset of four bits; two bits a value; d, dmin. */
    Q2_K(256, 84) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            float d = half(in, at + 80);
            float dmin = half(in, at + 82);
            for (int part = 0; part < 16; part++) {
                float scale = d * (in[at + part] & 15);
                float offset = dmin * (in[at + part] >> 4 & 15);
                int from = at + 16 + part / 8 * 32 + part % 2 * 16;
                int shift = part % 8 / 2 * 2;
                for (int i = 0; i < 16; i++) {
                    out[to + 16 * part + i] = scale * (in[from + i] >> shift & 3) - offset;
                }
            }
        }
    },
    /** The third bits, of which 0 stands for -4; two bits a value; for each 16 values a scale of six bits; d. */
    Q3_K(256, 110) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            float d = half(in, at + 108);
            for (int part = 0; part < 16; part++) {
                int low = in[at + 96 + part % 8] >> (part / 8 * 4) & 15;
                int high = in[at + 104 + part % 4] >> (part / 4 * 2) & 3;
                float scale = d * (low + 16 * high - 32);
                int third = at + part % 2 * 16;
                int from = at + 32 + part / 8 * 32 + part % 2 * 16;
                int shift = part % 8 / 2 * 2;
                for (int i = 0; i < 16; i++) {
                    int number = (in[from + i] >> shift & 3) - ((in[third + i] >> (part / 2) & 1) == 0 ? 4 : 0);
                    out[to + 16 * part + i] = scale * number;
                }
            }
        }
    },
    /** d, dmin; for each 32 values a scale and an offset of six bits; four bits a value. */
    Q4_K(256, 144) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            withSixBitScales(in, at, false, out, to);
        }
    },
    /** As Q4_K, with the fifth bits of all values before the others. */
    Q5_K(256, 176) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            withSixBitScales(in, at, true, out, to);
        }
    },
    /** Four low bits a value; two high ones; for each 16 values a scale of one byte; d. */
    Q6_K(256, 210) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            float d = half(in, at + 208);
            for (int part = 0; part < 16; part++) {
                float scale = d * in[at + 192 + part];
                int low = at + part / 8 * 64 + part % 4 * 16;
                int lowShift = part % 8 / 4 * 4;
                int high = at + 128 + part / 8 * 32 + part % 2 * 16;
                int highShift = part % 8 / 2 * 2;
                for (int i = 0; i < 16; i++) {
                    int number = (in[low + i] >> lowShift & 15) + 16 * (in[high + i] >> highShift & 3);
                    out[to + 16 * part + i] = scale * (number - 32);
                }
            }
        }
    },
    /** As Q4_0, but the four bits choose one of sixteen numbers that lie closer around 0. */
    IQ4_NL(32, 18) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            float d = half(in, at);
            for (int i = 0; i < 16; i++) {
                out[to + i] = d * AROUND_ZERO[in[at + 2 + i] & 15];
                out[to + 16 + i] = d * AROUND_ZERO[in[at + 2 + i] >> 4 & 15];
            }
        }
    },
    /** d; for each 32 values a scale of six bits, its high two first; numbers as in IQ4_NL. */
    IQ4_XS(256, 136) {
        @Override
        void decode(byte[] in, int at, float[] out, int to) {
            float d = half(in, at);
            int highs = word(in, at + 2);
            for (int part = 0; part < 8; part++) {
                int low = in[at + 4 + part / 2] >> (part % 2 * 4) & 15;
                float scale = d * (low + 16 * (highs >>> (2 * part) & 3) - 32);
                int from = at + 8 + 16 * part;
                for (int i = 0; i < 16; i++) {
                    out[to + 32 * part + i] = scale * AROUND_ZERO[in[from + i] & 15];
                    out[to + 32 * part + 16 + i] = scale * AROUND_ZERO[in[from + i] >> 4 & 15];
                }
            }
        }
    };

    private static final int[] AROUND_ZERO = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private final int values;
    private final int bytes;

    QuantisedBlock(int values, int bytes) {
        this.values = values;
        this.bytes = bytes;
    }

    /** Values in one block. */
    int length() {
        return values;
    }

    /** Bytes of one block. */
    int bytes() {
        return bytes;
    }

    /** Decodes the block at {@code in[at]} to {@code out[to]} and on. */
    abstract void decode(byte[] in, int at, float[] out, int to);

    /** Values {@code d (number - centre)}; numbers as {@link #number} reads them. */
    private static void centred(byte[] in, int at, int fifth, int centre, float d, float[] out, int to) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 16; i++) {
                out[to + 16 * half + i] = d * (number(in, at, half, i, fifth) - centre);
            }
        }
    }

    /** Values {@code d number + m}. */
    private static void raised(byte[] in, int at, int fifth, float d, float m, float[] out, int to) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 16; i++) {
                out[to + 16 * half + i] = d * number(in, at, half, i, fifth) + m;
            }
        }
    }

    /**
     * The number i of one half of 32 values: the first half lies in the low four bits of 16 bytes, the second in the high ones.
     *
     * @param fifth the fifth bits of all 32, from the lowest on; 0 if there are none
     */
    private static int number(byte[] in, int at, int half, int i, int fifth) {
        return (in[at + i] >> (4 * half) & 15) + 16 * (fifth >>> (16 * half + i) & 1);
    }

    /** Eight times 32 values, each 32 with a scale and an offset of six bits; with fifth bits before the numbers, or without. */
    private static void withSixBitScales(byte[] in, int at, boolean withFifth, float[] out, int to) {
        float d = half(in, at);
        float dmin = half(in, at + 2);
        for (int part = 0; part < 8; part++) {
            float scale = d * sixBits(in, at + 4, part, 0);
            float offset = dmin * sixBits(in, at + 4, part, 4);
            int from = at + (withFifth ? 48 : 16) + part / 2 * 32;
            int shift = part % 2 * 4;
            for (int i = 0; i < 32; i++) {
                int fifth = withFifth ? in[at + 16 + i] >> part & 1 : 0;
                out[to + 32 * part + i] = scale * ((in[from + i] >> shift & 15) + 16 * fifth) - offset;
            }
        }
    }

    /**
     * One of the eight scales (first 0) or offsets (first 4) of six bits that twelve bytes hold: the first four of each in the
     * low bits of their own byte, the last four in half of one of the last bytes and the high bits that the first left over.
     */
    private static int sixBits(byte[] in, int at, int part, int first) {
        int own = in[at + first + part % 4];
        return part < 4 ? own & 63 : (in[at + 8 + part % 4] >> first & 15) + (own >> 2 & 48);
    }

    private static int word(byte[] in, int at) {
        return (in[at] & 255) | (in[at + 1] & 255) << 8 | (in[at + 2] & 255) << 16 | in[at + 3] << 24;
    }

    /** The float16 at {@code in[at]}, exact. */
    private static float half(byte[] in, int at) {
        int bits = (in[at] & 255) | (in[at + 1] & 255) << 8;
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        float size =
                switch (exponent) {
                    case 0 -> fraction * 0x1p-24f;
                    case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
                    default -> Float.intBitsToFloat((exponent + 112) << 23 | fraction << 13);
                };
        return bits >> 15 == 0 ? size : -size;
    }
}
