"""A small T5 tokenizer folder without tokenizer.json, and the ids that transformers gives with it, for PromptTokenizerTest.

Usage: python make_t5_tokenizer.py ../resources/t5-tokenizer   (sentencepiece 0.2.3, transformers 5.23.0)

The model is trained with T5's settings, but that its character map holds the part of nmt_nfkc for the scripts of the prompts:
whole it is 240 kB. The config is of the form that T5's slow tokenizer was saved in by transformers 4, as LTX-Video has it.
"""
import json
import pathlib
import sys
import tempfile
import unicodedata

import sentencepiece
import transformers

TEXT = """\
a red seven moves left slowly
a blue three moves right fast and a green nine stays where it is
A cat walks over the wet street at night, neon lights are mirrored in the puddles.
The waves crash against the jagged rocks of the shoreline, sending spray high into the air.
A woman with long brown hair smiles at another woman; the camera pans to the left and follows her.
Two dogs play in the park: one jumps, the other one runs after a ball (slow motion, 24 fps).
worst quality, inconsistent motion, blurry, jittery, distorted
Grüße aus Köln: süße Äpfel, Öl und Übermut auf der Straße, 100 % schön
naïve café, déjà vu, crème brûlée, façade, señor, Ærø, Łódź, žluťoučký kůň
Привет, мир! Кошка сидит на окне и смотрит на дождь.
東京の夜、雨の中を歩く人々。カメラがゆっくり動く。
北京的春天,花开了,一只猫在窗台上睡觉。
서울의 밤거리를 걷는 사람들
🐱 🐶 🎬 🌊 ❤ 👍🏽
"Quotes" - 'single' [brackets] {braces} <tags> & more; 1/2 + 3*4 = 12.5 #hash @at ^ ~ ` | \\ $ _
"""

PROMPTS = [
    "", " ", "\t\n", "a", "a red seven moves left slowly", "A cat walks over the wet street at night.",
    "  leading and trailing  ", "many     spaces    inside", "tabs\tand\nnew\r\nlines", "\n\nparagraphs\n\n\nof text\n",
    "no-break\u00a0space, thin\u2009space, ideographic\u3000space", "zero\u200bwidth\u200djoiner\ufeffmark", "soft\u00adhyphen",
    "vertical\x0btab, form\x0cfeed, unit\x1fseparator, next\x85line", "nul\x00bell\x07delete\x7f",
    "Grüße aus Köln: süße Äpfel und Öl", "Gru\u0308\u00dfe aus Ko\u0308ln: su\u0308\u00dfe A\u0308pfel", "ẞ ß SS ﬀ ﬁ ﬂ ﬃ",
    "naïve café, déjà vu", "nai\u0308ve cafe\u0301, de\u0301ja\u0300 vu", "a\u0301\u0302\u0303\u0323 stacked marks z\u0351\u036b",
    "Ｆｕｌｌ　ｗｉｄｔｈ　１２３，ＡＢＣ！", "ｶﾞｷﾞｸﾞ half width ｱｲｳ", "東京の夜、雨の中を歩く人々。", "北京的春天，花开了。", "서울의 밤거리",
    "\u1109\u1165\u110b\u116e\u11af", "Привет, мир! Кошка", "И\u0306 й \u0419", "مرحبا بالعالم", "नमस्ते दुनिया", "שלום",
    "🐱 and 🐶", "👩‍👩‍👧‍👦 family, 👍🏽 thumbs, 🇩🇪 flag", "❤️ heart", "𝒜 𝔅 𝟙𝟚 math", "① ② Ⅷ ½ ™ № ㎏ ㍿ …",
    "“curly” ‘quotes’ – — ―", "▁ underline▁inside ▁▁", "<extra_id_0>", "a cat <extra_id_3> a dog", "a<extra_id_3>b",
    "<extra_id_99><extra_id_100>", "</s>", "the end</s>", "a </s> in between", "<pad> <unk> <s>", "<EXTRA_ID_1> </S>",
    "unknown: ꙮ ᚠ ⵣ ꙮꙮ", "&amp; &lt;b&gt; <b>bold</b>", "a,b;c:d!e?f", "x" * 300, "a red seven " * 200, "漢" * 50,
    "CamelCase and UPPER CASE and 1234567890", "https://example.org/a?b=c&d=%20",
]


def rules(file):
    """The part of nmt_nfkc for the scripts of the prompts, in SentencePiece's form."""
    normalizer = sentencepiece.SentencePieceNormalizer(rule_name="nmt_nfkc", add_dummy_prefix=False,
                                                       remove_extra_whitespaces=False, escape_whitespaces=False)
    ranges = [(1, 0x530), (0x1109, 0x110c), (0x1e00, 0x1f00), (0x2000, 0x2190), (0x2460, 0x24ff), (0x3000, 0x3100),
              (0x3300, 0x3400), (0xfb00, 0xfb07), (0xfe00, 0xfe10), (0xfeff, 0xfff0), (0x1d400, 0x1d800)]
    texts = [chr(c) for first, end in ranges for c in range(first, end)]
    # Composed letters, from their parts.
    texts += [d for d in (unicodedata.normalize("NFD", t) for t in texts) if 2 <= len(d) <= 3]
    texts += [a + "\uff9e" for a in map(chr, range(0xff66, 0xff9e))]
    with open(file, "w") as out:
        for text in sorted(set(texts)):
            plain = normalizer.normalize(text)
            if plain != text:
                out.write("\t".join(" ".join(f"{ord(c):X}" for c in t) for t in (text, plain)) + "\n")


def mark(text, strip):
    return dict(content=text, lstrip=strip, normalized=False, rstrip=strip, single_word=False, special=True)


def config(pieces):
    tokens = {str(i): mark(t, False) for i, t in enumerate(["<pad>", "</s>", "<unk>"])}
    tokens |= {str(pieces + i): mark(f"<extra_id_{99 - i}>", True) for i in range(100)}
    return dict(added_tokens_decoder=tokens, additional_special_tokens=[f"<extra_id_{i}>" for i in range(100)],
                clean_up_tokenization_spaces=True, eos_token="</s>", extra_ids=100, legacy=True, model_max_length=128,
                pad_token="<pad>", sp_model_kwargs={}, tokenizer_class="T5Tokenizer", unk_token="<unk>")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        (pathlib.Path(work) / "text").write_text(TEXT)
        rules(f"{work}/rules.tsv")
        sentencepiece.SentencePieceTrainer.train(
            input=f"{work}/text", model_prefix=f"{work}/spiece", vocab_size=400, hard_vocab_limit=False, model_type="unigram",
            normalization_rule_tsv=f"{work}/rules.tsv", byte_fallback=False, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
            character_coverage=1.0, num_threads=1, minloglevel=2)
        (folder / "spiece.model").write_bytes((pathlib.Path(work) / "spiece.model").read_bytes())
    (folder / "tokenizer_config.json").unlink(missing_ok=True)
    bare = transformers.T5Tokenizer.from_pretrained(folder)
    slow = sentencepiece.SentencePieceProcessor(str(folder / "spiece.model"))
    (folder / "tokenizer_config.json").write_text(json.dumps(config(slow.vocab_size()), indent=1) + "\n")
    tokenizer = transformers.T5Tokenizer.from_pretrained(folder)
    cases = []
    for prompt in PROMPTS:
        ids = tokenizer(prompt).input_ids
        assert bare(prompt).input_ids == ids, prompt
        cut = tokenizer(prompt, padding="max_length", max_length=12, truncation=True)
        cases.append(dict(prompt=prompt, ids=ids, cut=[i for i, m in zip(cut.input_ids, cut.attention_mask) if m]))
        if slow.encode(prompt) + [1] != ids:
            print("sentencepiece differs:", repr(prompt[:60]))
    lines = ",\n".join(json.dumps(case) for case in cases)
    versions = f"transformers {transformers.__version__}, sentencepiece {sentencepiece.__version__}"
    (folder / "cases.json").write_text(f'{{"made": "make_t5_tokenizer.py ({versions})", "cut": 12, "cases": [\n{lines}\n]}}\n')
