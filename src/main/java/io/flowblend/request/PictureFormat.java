package io.flowblend.request;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** The formats that a picture may have, told by how the file begins. */
enum PictureFormat {
    PNG("png", "\\x89PNG\\r\\n\\x1a\\n.*"),
    JPEG("jpeg", "\\xff\\xd8\\xff.*"),
    WEBP("webp", "RIFF....WEBP.*"),
    GIF("gif", "GIF8[79]a.*");

    static final String NAMES = "PNG, JPEG, WebP or GIF";

    private static final int LONGEST_START = 16;

    /** Formats that are told only to be refused by name. */
    private enum Other {
        HEIC("....ftyp(heic|heix|hevc|heim|mif1).*"),
        AVIF("....ftyp(avif|avis).*"),
        TIFF("(II\\*\\x00|MM\\x00\\*).*"),
        BMP("BM.*"),
        SVG("(<svg|<\\?xml).*"),
        PDF("%PDF.*");

        private final Pattern start;

        Other(String start) {
            this.start = Pattern.compile(start, Pattern.DOTALL);
        }
    }

    private final String reader;
    private final Pattern start;

    PictureFormat(String reader, String start) {
        this.reader = reader;
        this.start = Pattern.compile(start, Pattern.DOTALL);
    }

    /** Name of its reader in ImageIO. */
    String reader() {
        return reader;
    }

    static Optional<PictureFormat> of(byte[] file) {
        String beginning = beginning(file);
        return Arrays.stream(values())
                .filter(format -> format.start.matcher(beginning).matches())
                .findFirst();
    }

    /** The name of a format that is known but not read. */
    static Optional<String> nameOfOther(byte[] file) {
        String beginning = beginning(file);
        return Arrays.stream(Other.values())
                .filter(format -> format.start.matcher(beginning).matches())
                .map(Other::name)
                .findFirst();
    }

    private static String beginning(byte[] file) {
        return new String(file, 0, Math.min(file.length, LONGEST_START), StandardCharsets.ISO_8859_1);
    }

    /** Whether the file reaches to where its format says that it ends; of a JPEG, its reader tells. */
    boolean isWhole(byte[] file) {
        return switch (this) {
            case PNG -> endsAsPng(file);
            case WEBP -> file.length >= 12
                    && Integer.toUnsignedLong(ByteBuffer.wrap(file)
                                    .order(ByteOrder.LITTLE_ENDIAN)
                                    .getInt(4))
                            <= file.length - 8L;
            case JPEG, GIF -> true;
        };
    }

    /** Follows the chunks up to IEND. */
    private static boolean endsAsPng(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        long at = 8;
        while (at + 12 <= file.length) {
            long length = Integer.toUnsignedLong(bytes.getInt((int) at));
            if (new String(file, (int) at + 4, 4, StandardCharsets.ISO_8859_1).equals("IEND")) {
                return true;
            }
            at += length + 12;
        }
        return false;
    }
}
