"""Writes the table by which wrongly decoded text is told (text/wrong-decoding.json) and texts with what ftfy makes of them.

The characters of each class, the single-byte encodings and the leads and tails of UTF-8 are taken from ftfy; the rules are
ftfy 6.3.1's, as sequences of classes. Run: python make_text_tables.py TABLE TEXTS [COUNT]
"""
import html
import json
import random
import re
import sys

import ftfy
from ftfy import badness, chardata

NAMES = {
    "c1": "c1", "bad": "odd", "law": "law", "currency": "currency", "start_punctuation": "opening",
    "end_punctuation": "closing", "numeric": "numeric", "kaomoji": "face", "upper_accented": "upper",
    "lower_accented": "lower", "upper_common": "upperCommon", "lower_common": "lowerCommon", "box": "box",
    "common": "common",
}

# One rule a line: elements one behind the other, alternatives of an element joined by |, characters in quotes.
RULES = """
c1
odd|lower|upper|box|opening|closing|currency|numeric|law odd
latin lowerCommon|upperCommon odd
odd lower|upper|box|opening|closing|currency|numeric|law
lower|lowerCommon|box|closing|currency|numeric upper
box|closing|currency|numeric lower
lower|box|closing currency
blank upper currency
upper|box numeric|law
lower|upper|box|currency|closing opening numeric
lower|upper|currency|numeric|box|law closing opening
currency|numeric|box opening
small upper opening|currency
box face
lower|upper|currency|numeric|opening|closing|law box
box closing
lower|upper opening|closing word
'Œœ' notLatin
upper '°'
'ÂÃÎÐ' '€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´'|opening|closing
'×' '²³'
'ØÙ' common|currency|odd|numeric|opening|'ŸŠ®°µ»' 'ØÙ' common|currency|odd|numeric|opening|'ŸŠ®°µ»'
'à' '²µ¹¼½¾'
'√' '±∂†≠®™´≤≥¥µø'
'≈' '°¢'
'‚' 'Ä' 'ìîïòôúùû†°¢π'
'‚' 'âó' 'àä°ê'
'в' 'Ђ'
'ВГРС' c1|odd|opening|closing|currency|'°µ' 'ВГРС'
'Г' 'ў' 'В' 'Ђ' 'В' any latin|space
'Ã' '\u00a0¡'
small 'ÃÂ' space
small blank 'ÃÂ' space
start 'ÃÂ' space
small|'.,?!'|closing 'Â' space|opening|closing
'β' '€' '™\u00a0Ά\u00ad®°'
'ΒΓΞΟ' c1|odd|opening|closing|currency|'°' 'ΒΓΞΟ'
'ā' '€'
""".strip().splitlines()


def members(characters):
    pattern = re.compile("[" + characters + "]")
    return "".join(chr(c) for c in range(0x10000) if pattern.match(chr(c)))


def upper_half(encoding):
    return bytes(range(0x80, 0x100)).decode(encoding)


def table():
    return {
        "encodings": {name: upper_half(name) for name in chardata.CHARMAP_ENCODINGS},
        "classes": {NAMES[name]: members(text) for name, text in badness.MOJIBAKE_CATEGORIES.items()},
        "leads": [members(chardata.UTF8_CLUES[f"utf8_first_of_{n}"]) for n in (2, 3, 4)],
        "tails": members(chardata.UTF8_CLUES["utf8_continuation"]),
        "strictTails": members(chardata.UTF8_CLUES["utf8_continuation_strict"]),
        "rules": [re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), rule) for rule in RULES],
    }


PIECES = (
    "a red hat|schön|été|naïve|“quoted”|‘it’s’|«là»|—|…|ﬁne|ﬂow|ﬃ|Ĳssel|ǆ|ＬＯＵＤ|　|ｶﾀｶﾅ|ﾊﾟ|한국|日本語|中文|привет|мир|ελληνικά|"
    "שלום|مرحبا|हिन्दी|ไทย|🙂|👨‍👩‍👧|€5|£3|½|°C|×2|№ 5|™|®|\u00a0|\u00ad|\u200b|\u200d|\ufeff|\u2028|\u2029|\x85|\x93|\x94|\x00|\x07|\x1b[31m|"
    "\x7f|\r\n|\r|\n|\t|&amp;|&amp;amp;|&lt;b&gt;|&eacute;|&EACUTE;|&NTILDE;|&nosuch;|&#233;|&#x2019;|&#59;|&#128;|&#0;|&#xD800;|"
    "&notit;|&amp|&AMP;|&copy;|&CopyRight;|&frac12;|&NotEqualTilde;|&#1114112;|&#x1F642;|&#150|<b>|x<y|e\u0301|a\u030a|\u212b|"
    "I\u0307|ſt|Œuvre|Å|Ç|ß|Ω|√|¡hola!|¿qué?|┌─┐|¯\\_(ツ)_/¯|100%|A&B|voilà le travail|à la mode|São Paulo|Škoda|žluťoučký|łódź"
).split("|")
PIECES = [p.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass") for p in PIECES]
WRONG = ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "sloppy-windows-1253",
         "sloppy-windows-1254", "sloppy-windows-1257", "iso-8859-2", "macroman", "cp437"]


def wrongly_decoded(text, rng):
    for _ in range(rng.choice([1, 1, 1, 2])):
        text = text.encode("utf-8").decode(rng.choice(WRONG), "replace")
    if rng.random() < 0.2:
        text = text.replace("\u00a0", " ")
    return text


def a_text(rng):
    if rng.random() < 0.1:
        pool = "".join(members(c) for c in badness.MOJIBAKE_CATEGORIES.values()) + "aeiou AEZ .,"
        return "".join(rng.choice(pool) for _ in range(rng.randint(1, 8)))
    parts = []
    for _ in range(rng.randint(1, 5)):
        part = rng.choice(PIECES)
        parts.append(wrongly_decoded(part, rng) if rng.random() < 0.3 else part)
        parts.append(rng.choice(["", " ", " ", "s ", "the "]))
    text = "".join(parts)
    return wrongly_decoded(text, rng) if rng.random() < 0.15 else text


def cleaned(text):
    """What WanPipeline of diffusers 0.42.1 makes of a prompt where ftfy is there."""
    text = ftfy.fix_text(text)
    text = html.unescape(html.unescape(text)).strip()
    return re.sub(r"\s+", " ", text).strip()


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump(table(), out, ensure_ascii=True, indent=1)
        out.write("\n")
    rng = random.Random(20261129)
    texts = [a_text(rng) for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 1500)]
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        for text in texts:
            out.write(json.dumps([text, cleaned(text)]) + "\n")


main()
