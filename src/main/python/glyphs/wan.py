"""The velocity models: WanTransformer3DModel, and a forward of it that trains fast on a CPU.

The block is one function of tensors, so that torch.compile compiles it once for all blocks: bfloat16 products, float32 residual
stream, otherwise the parameters and the result of the class of diffusers.
"""
import torch
import torch.nn.functional as F
from diffusers import WanTransformer3DModel

DT = torch.bfloat16
WIDTH_OF_HEAD, HEADS = 32, 5
LAYERS = dict(large=12, small=3)


def new(which):
    return WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=HEADS, attention_head_dim=WIDTH_OF_HEAD, in_channels=16, out_channels=16, text_dim=64, freq_dim=256,
        ffn_dim=HEADS * WIDTH_OF_HEAD * 4, num_layers=LAYERS[which], cross_attn_norm=True, qk_norm="rms_norm_across_heads", eps=1e-6, rope_max_seq_len=64,
    )


def lin(y, w, b):
    return F.linear(y, w.to(DT), b.to(DT))


def heads(y, H):
    return y.view(y.shape[0], y.shape[1], H, -1).transpose(1, 2)


def rot(q, cos, sin):
    h = q.shape[-1] // 2
    return q * cos + torch.cat([q[..., h:], q[..., :h]], -1) * sin


def attend(q, k, v):
    s = torch.matmul(q * (q.shape[-1] ** -0.5), k.transpose(-1, -2))
    return torch.matmul(torch.softmax(s, -1), v).transpose(1, 2).flatten(2)


def block(h, tp, c, cos, sin, pm, H: int, P):
    (table, qw, qb, kw, kb, vw, vb, nq, nk, ow, ob, n2w, n2b, q2w, q2b, k2w, k2b, v2w, v2b, nq2, nk2, o2w, o2b, f1w, f1b, f2w, f2b) = P
    d = h.shape[-1]
    sh, sc, g, sh2, sc2, g2 = (table + tp).chunk(6, 1)
    n = (F.layer_norm(h, (d,), eps=1e-6) * (1 + sc) + sh).to(DT)
    q = F.rms_norm(lin(n, qw[pm], qb[pm]), (d,), nq[pm].to(DT), 1e-6)
    k = F.rms_norm(lin(n, kw[pm], kb[pm]), (d,), nk[pm].to(DT), 1e-6)
    o = attend(rot(heads(q, H), cos, sin), rot(heads(k, H), cos, sin), heads(lin(n, vw, vb), H))
    h = h + lin(o, ow, ob).float() * g
    n = F.layer_norm(h, (d,), n2w, n2b, 1e-6).to(DT)
    q = F.rms_norm(lin(n, q2w, q2b), (d,), nq2.to(DT), 1e-6)
    k = F.rms_norm(lin(c, k2w, k2b), (d,), nk2.to(DT), 1e-6)
    h = h + lin(attend(heads(q, H), heads(k, H), heads(lin(c, v2w, v2b), H)), o2w, o2b).float()
    n = (F.layer_norm(h, (d,), eps=1e-6) * (1 + sc2) + sh2).to(DT)
    return h + lin(F.gelu(lin(n, f1w, f1b), approximate="tanh"), f2w, f2b).float() * g2


compiled = torch.compile(block, dynamic=False)


def parts(b):
    a, x = b.attn1, b.attn2
    return (b.scale_shift_table, a.to_q.weight, a.to_q.bias, a.to_k.weight, a.to_k.bias, a.to_v.weight, a.to_v.bias, a.norm_q.weight, a.norm_k.weight,
            a.to_out[0].weight, a.to_out[0].bias, b.norm2.weight, b.norm2.bias, x.to_q.weight, x.to_q.bias, x.to_k.weight, x.to_k.bias,
            x.to_v.weight, x.to_v.bias, x.norm_q.weight, x.norm_k.weight, x.to_out[0].weight, x.to_out[0].bias,
            b.ffn.net[0].proj.weight, b.ffn.net[0].proj.bias, b.ffn.net[2].weight, b.ffn.net[2].bias)


class Forward:
    """forward(x [n, C, 5, 8, 8], t [n] in 0..1000, text [n, positions, 64]) -> velocity like x"""

    def __init__(self, m):
        self.m = m; c = m.config; self.C = c.in_channels
        self.H, self.D = c.num_attention_heads, c.attention_head_dim; self.d = self.H * self.D
        with torch.no_grad():
            cos, sin = m.rope(torch.zeros(1, self.C, 5, 8, 8))
        p = torch.cat([torch.arange(0, self.D, 2), torch.arange(1, self.D, 2)])
        self.pm = (torch.arange(self.H)[:, None] * self.D + p[None]).flatten()
        cos = cos[0, :, 0][:, 0::2].float(); sin = sin[0, :, 0][:, 1::2].float()
        self.cos = torch.cat([cos, cos], 1).to(DT)[None, None]; self.sin = torch.cat([-sin, sin], 1).to(DT)[None, None]

    def __call__(self, x, t, txt):
        m, d, B, C = self.m, self.d, x.shape[0], self.C
        y = x.view(B, C, 5, 4, 2, 4, 2).permute(0, 2, 3, 5, 1, 4, 6).reshape(B, 80, 4 * C)
        h = F.linear(y, m.patch_embedding.weight.view(d, 4 * C), m.patch_embedding.bias)
        ce = m.condition_embedder
        temb = ce.time_embedder(ce.timesteps_proj(t).float())
        tp = ce.time_proj(F.silu(temb)).view(B, 6, d)
        te = ce.text_embedder
        c = lin(F.gelu(lin(txt.to(DT), te.linear_1.weight, te.linear_1.bias), approximate="tanh"), te.linear_2.weight, te.linear_2.bias)
        for b in m.blocks:
            h = compiled(h, tp, c, self.cos, self.sin, self.pm, self.H, parts(b))
        sh, sc = (m.scale_shift_table + temb.unsqueeze(1)).chunk(2, 1)
        o = F.linear(F.layer_norm(h, (d,), eps=1e-6) * (1 + sc) + sh, m.proj_out.weight, m.proj_out.bias)
        return o.view(B, 5, 4, 4, 2, 2, C).permute(0, 6, 1, 2, 4, 3, 5).reshape(B, C, 5, 8, 8)
