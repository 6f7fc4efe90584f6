package io.flowblend.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.file.ModelFiles;
import io.flowblend.model.SentencePieces.Piece;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The {@code tokenizer.json} that stands for a folder of T5's which was saved without one, from its {@code spiece.model} and,
 * if there is one, {@code tokenizer_config.json}. It is the tokenizer that transformers 5.23 makes of such a folder
 * (T5Tokenizer): the unigram pieces, behind them the extra ids, one end token behind a text. Marks in a text, such as
 * {@code </s>} or {@code <extra_id_3>}, are that token, where SentencePiece by itself would spell them out.
 */
final class T5TokenizerJson {
    static final String MODEL = "spiece.model";

    private static final String CONFIG = "tokenizer_config.json";
    private static final int USUAL_EXTRA_IDS = 100;
    private static final int MOST_EXTRA_IDS = 10_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** All that does not depend on the model; the ids are those of {@link #FIRST}. */
    private static final String FRAME =
            """
            {
              "version": "1.0",
              "truncation": null,
              "padding": null,
              "added_tokens": [],
              "normalizer": null,
              "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "WhitespaceSplit"},
                {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true}]},
              "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                         {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                "special_tokens": {"</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
              "decoder": null,
              "model": {"type": "Unigram", "unk_id": 2, "byte_fallback": false, "vocab": []}
            }
            """;

    private static final List<String> FIRST = List.of("<pad>", "</s>", "<unk>");

    private T5TokenizerJson() {}

    /**
     * The JSON for {@code folder}.
     *
     * @throws InvalidFileException if one of its files is damaged or not a T5 tokenizer's
     */
    static String of(Path folder) {
        SentencePieces model = SentencePieces.read(folder.resolve(MODEL));
        Path configFile = folder.resolve(CONFIG);
        JsonNode config = Files.exists(configFile) ? config(configFile) : JSON.createObjectNode();
        List<Piece> vocabulary = vocabulary(folder.resolve(MODEL), model, extraIds(configFile, config));
        try {
            ObjectNode root = (ObjectNode) JSON.readTree(FRAME);
            if (model.characterMap().length > 0) {
                root.putObject("normalizer")
                        .put("type", "Precompiled")
                        .put("precompiled_charsmap", model.characterMap());
            }
            ArrayNode vocab = (ArrayNode) root.path("model").path("vocab");
            vocabulary.forEach(piece -> vocab.addArray().add(piece.text()).add((double) piece.score()));
            root.putArray("added_tokens").addAll(marks(configFile, config, vocabulary));
            return root.toString();
        } catch (IOException e) {
            throw new IllegalStateException("the frame is not valid JSON", e);
        }
    }

    private static JsonNode config(Path file) {
        JsonNode config = ModelFiles.json(file, JSON);
        if (!config.isObject()) {
            throw new InvalidFileException(file, "is not a JSON object");
        }
        return config;
    }

    private static int extraIds(Path file, JsonNode config) {
        JsonNode count = config.path("extra_ids");
        if (count.isMissingNode()) {
            return USUAL_EXTRA_IDS;
        }
        if (!count.canConvertToInt()
                || !count.isIntegralNumber()
                || count.asInt() < 0
                || count.asInt() > MOST_EXTRA_IDS) {
            throw new InvalidFileException(
                    file, "'extra_ids' is " + count + ", expected a whole number from 0 to " + MOST_EXTRA_IDS);
        }
        return count.asInt();
    }

    /** The pieces and the extra ids, which have the highest number first. */
    private static List<Piece> vocabulary(Path file, SentencePieces model, int extraIds) {
        List<String> first =
                model.pieces().stream().limit(FIRST.size()).map(Piece::text).toList();
        if (!first.equals(FIRST)) {
            throw new InvalidFileException(
                    file, "begins with the pieces " + first + ", expected those of T5, " + FIRST);
        }
        List<Piece> vocabulary = new ArrayList<>(model.pieces());
        for (int i = extraIds - 1; i >= 0; i--) {
            vocabulary.add(Piece.mark("<extra_id_" + i + ">"));
        }
        return vocabulary;
    }

    /** What is found in a text as it stands; how, the config may say, token by token. */
    private static List<ObjectNode> marks(Path file, JsonNode config, List<Piece> vocabulary) {
        Map<Integer, ObjectNode> marks = new TreeMap<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.get(id).isMark()) {
                marks.put(id, mark(id, vocabulary.get(id).text(), JSON.createObjectNode()));
            }
        }
        config.path("added_tokens_decoder").properties().forEach(token -> {
            int id = vocabulary.size();
            if (token.getKey().matches("\\d{1,7}")) {
                id = Integer.parseInt(token.getKey());
            }
            String text = token.getValue().path("content").asText();
            if (id >= vocabulary.size() || !text.equals(vocabulary.get(id).text())) {
                throw new InvalidFileException(
                        file,
                        "'added_tokens_decoder' has '" + text + "' as token " + token.getKey()
                                + ", which is none of the " + vocabulary.size() + " tokens of " + MODEL
                                + " and 'extra_ids'");
            }
            marks.put(id, mark(id, text, token.getValue()));
        });
        return List.copyOf(marks.values());
    }

    private static ObjectNode mark(int id, String text, JsonNode said) {
        ObjectNode mark = JSON.createObjectNode().put("id", id).put("content", text);
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
            mark.put(flag, said.path(flag).asBoolean(false));
        }
        return mark.put("special", said.path("special").asBoolean(true));
    }
}
