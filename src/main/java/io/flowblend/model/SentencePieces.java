package io.flowblend.model;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a SentencePiece model of the unigram kind knows. Numbers of fields and kinds are those of
 * {@code sentencepiece_model.proto} in github.com/google/sentencepiece.
 *
 * @param pieces in the order of their ids
 * @param characterMap rules by which text is normalised, in SentencePiece's own compiled form; empty: none
 */
record SentencePieces(List<Piece> pieces, byte[] characterMap) {
    private static final int UNIGRAM = 1;
    private static final Map<Integer, String> MODEL_TYPES =
            Map.of(UNIGRAM, "unigram", 2, "BPE", 3, "word", 4, "character");

    /**
     * A piece of text, blanks written as U+2581.
     *
     * @param score logarithm of its probability
     */
    record Piece(String text, float score, int kind) {
        private static final int NORMAL = 1;
        private static final int UNKNOWN = 2;
        private static final int CONTROL = 3;
        private static final int USER_DEFINED = 4;

        static Piece mark(String text) {
            return new Piece(text, 0, CONTROL);
        }

        /** Whether it is found in a text as it stands, before the text is taken apart. */
        boolean isMark() {
            return kind == UNKNOWN || kind == CONTROL || kind == USER_DEFINED;
        }
    }

    /** Reads the model in {@code file}. */
    static SentencePieces read(Path file) {
        try {
            return model(file, CodedInputStream.newInstance(Files.readAllBytes(ModelFiles.require(file))));
        } catch (IOException e) {
            throw new InvalidFileException(file, "is not a SentencePiece model, or damaged: " + e.getMessage(), e);
        }
    }

    private static SentencePieces model(Path file, CodedInputStream in) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        OptionalInt type = OptionalInt.empty();
        Optional<byte[]> characterMap = Optional.empty();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> pieces.add(piece(in.readBytes().newCodedInput()));
                case 2 -> type = OptionalInt.of(modelType(in.readBytes().newCodedInput()));
                case 3 -> characterMap = Optional.of(characterMap(in.readBytes().newCodedInput()));
                default -> in.skipField(tag);
            }
        }
        if (type.isEmpty() || characterMap.isEmpty()) {
            throw new InvalidFileException(
                    file, "is not a SentencePiece model, or damaged: lacks the settings of trainer or normaliser");
        }
        if (type.getAsInt() != UNIGRAM) {
            throw new InvalidFileException(
                    file,
                    "is a SentencePiece model of the kind " + MODEL_TYPES.getOrDefault(type.getAsInt(), "unknown")
                            + ", expected unigram");
        }
        return new SentencePieces(List.copyOf(pieces), characterMap.get());
    }

    private static Piece piece(CodedInputStream in) throws IOException {
        String text = "";
        float score = 0;
        int kind = Piece.NORMAL;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> text = in.readStringRequireUtf8();
                case 2 -> score = in.readFloat();
                case 3 -> kind = in.readEnum();
                default -> in.skipField(tag);
            }
        }
        return new Piece(text, score, kind);
    }

    /** {@code model_type} of the trainer's settings. */
    private static int modelType(CodedInputStream in) throws IOException {
        int type = UNIGRAM;
        while (comesTo(3, in)) {
            type = in.readEnum();
        }
        return type;
    }

    /** {@code precompiled_charsmap} of the normaliser's settings. */
    private static byte[] characterMap(CodedInputStream in) throws IOException {
        byte[] map = {};
        while (comesTo(2, in)) {
            map = in.readByteArray();
        }
        return map;
    }

    /** Skips what stands before the next field of that number; false if there is none. */
    private static boolean comesTo(int field, CodedInputStream in) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == field) {
                return true;
            }
            in.skipField(tag);
        }
        return false;
    }
}
