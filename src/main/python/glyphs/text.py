"""The tokenizer (one token a word of the captions) and the tiny UMT5 encoder."""
import torch
import torch.nn.functional as F
from transformers import AutoTokenizer, UMT5Config, UMT5EncoderModel

import videos

POSITIONS = 32  # what the transformers see; positions beyond the caption are zeros that still take part, as in Wan
CAPTION = 16  # the longest caption in tokens


def write_tokenizer(folder):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = ["<pad>", "</s>", "<unk>"] + videos.WORDS
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512,
        padding_side="right", model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)


def new_encoder():
    return UMT5EncoderModel(UMT5Config(
        vocab_size=32, d_model=64, d_kv=16, d_ff=128, num_layers=2, num_decoder_layers=2, num_heads=4, dropout_rate=0.0,
        relative_attention_num_buckets=32, relative_attention_max_distance=128, feed_forward_proj="gated-gelu",
        is_encoder_decoder=False, use_cache=False, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, tie_word_embeddings=False,
    ))


class Captions:
    """Captions as token ids, and what the encoder makes of them."""

    def __init__(self, folder):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)

    def ids(self, captions):
        t = self.tokenizer(captions, padding="max_length", max_length=CAPTION, truncation=True, return_tensors="pt")
        return t.input_ids, t.attention_mask

    @staticmethod
    def encode(encoder, ids, mask):
        """-> [n, 32, 64], zeros beyond the caption, as WanPipeline does"""
        return F.pad(encoder(ids, mask).last_hidden_state * mask[..., None], (0, 0, 0, POSITIONS - CAPTION))

    def __call__(self, encoder, captions):
        with torch.no_grad():
            return self.encode(encoder, *self.ids(captions))
