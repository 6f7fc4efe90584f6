package io.flowblend.api.security;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Which addresses anybody on the Internet can reach; all others are this machine's, its network's or nobody's. */
public final class PublicAddresses {
    /** What the registries of special-purpose addresses (RFC 6890 and its successors) do not give to the public. */
    private static final List<Block> SPECIAL = List.of(
            Block.of(0, 8),
            Block.of(10 << 24, 8),
            Block.of(100 << 24 | 64 << 16, 10),
            Block.of(127 << 24, 8),
            Block.of(169 << 24 | 254 << 16, 16),
            Block.of(172 << 24 | 16 << 16, 12),
            Block.of(192 << 24, 24),
            Block.of(192 << 24 | 2 << 8, 24),
            Block.of(192 << 24 | 88 << 16 | 99 << 8, 24),
            Block.of(192 << 24 | 168 << 16, 16),
            Block.of(198 << 24 | 18 << 16, 15),
            Block.of(198 << 24 | 51 << 16 | 100 << 8, 24),
            Block.of(203 << 24 | 113 << 8, 24),
            Block.of(224 << 24, 3));

    private record Block(int first, int mask) {
        static Block of(int first, int bits) {
            return new Block(first, -1 << (32 - bits));
        }

        boolean holds(int address) {
            return (address & mask) == first;
        }
    }

    private PublicAddresses() {}

    /** Of IPv6 only 2000::/3 is given to the public, less what carries an IPv4 address or is for documentation. */
    public static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (address instanceof Inet4Address) {
            int number = number(bytes);
            return SPECIAL.stream().noneMatch(block -> block.holds(number));
        }
        int first = number(bytes);
        boolean global = (first & 0xe0000000) == 0x20000000;
        boolean ietf = (first & 0xfffffe00) == 0x20010000;
        boolean documentation = first == 0x20010db8 || (first & 0xfffff000) == 0x3fff0000;
        boolean sixToFour = (first & 0xffff0000) == 0x20020000;
        return global && !ietf && !documentation && !sixToFour;
    }

    private static int number(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getInt();
    }
}
