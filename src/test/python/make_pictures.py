"""Small pictures of many kinds, and what Pillow makes of each: turned by its EXIF, RGBA on black, RGB, 8 bit.

Usage: python make_pictures.py ../resources/pictures   (Pillow 13.0.0, numpy 2.4.6)

table.json names each file with its width, height, largest difference allowed and pixels (base64 of RGB rows). 16-bit values count by their high byte; colours of a wider gamut are converted by its ICC profile.
"""
import base64
import io
import json
import pathlib
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

WIDTH, HEIGHT = 24, 16


def scene():
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return np.stack([x * 255 // (WIDTH - 1), y * 255 // (HEIGHT - 1), 200 - x * 4], -1).astype(np.uint8)


def alpha():
    return np.tile((np.arange(WIDTH) * 255 // (WIDTH - 1)).astype(np.uint8), (HEIGHT, 1))


def written(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png16(channels):
    """A PNG of 16 bit whose low bytes are noise."""
    values = scene().astype(np.uint16) << 8
    if channels == 1:
        values = values[:, :, :1]
    if channels in (2, 4):
        values = np.concatenate([values[:, :, : channels - 1], alpha().astype(np.uint16)[:, :, None] << 8], -1)
    values |= np.random.default_rng(1).integers(0, 256, values.shape, dtype=np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, kind, 0, 0, 0))
    data += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    high = (values >> 8).astype(np.uint8)
    colours = high if channels in (3, 4) else np.repeat(high[:, :, :1], 3, -1)
    image = Image.fromarray(colours[:, :, :3])
    if channels in (2, 4):
        image.putalpha(Image.fromarray(high[:, :, channels - 1]))
    return data, image


def cmyk(marked):
    """Ink that gives about the scene, in Adobe's form, inverted: with Adobe's segment or without."""
    rgb = scene().astype(int)
    black = 255 - rgb.max(-1)
    ink = np.stack([255 - rgb[:, :, i] - black for i in range(3)] + [black], -1).clip(0, 255).astype(np.uint8)
    data = written(Image.fromarray(ink, "CMYK"), "JPEG", quality=100, subsampling=0)
    if marked:
        return data
    at = data.index(b"\xff\xee")
    length = struct.unpack(">H", data[at + 2 : at + 4])[0]
    return data[:at] + data[at + 2 + length :]


def wide_gamut():
    """A profile with the primaries of Display P3, of version 2, with gamma 2.2."""
    def s15(value):
        return struct.pack(">i", round(value * 65536))

    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(s15(v) for v in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    text = b"P3 for tests"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" + b"\0" * 78 + b"\0",
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz(0.95045, 1.0, 1.08905),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    head = struct.pack(">I", start + len(body)) + b"none" + b"\x02\x10\0\0" + b"mntrRGB XYZ " + b"\0" * 12 + b"acsp"
    head = head.ljust(68, b"\0") + s15(0.9642) + s15(1.0) + s15(0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def files():
    rgb = Image.fromarray(scene())
    grey = Image.fromarray(scene()[:, :, 0])
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray(alpha()))
    la = grey.copy()
    la.putalpha(Image.fromarray(alpha()))
    yield "rgb.png", written(rgb, "PNG"), None, 0
    yield "rgba.png", written(rgba, "PNG"), None, 1
    yield "grey.png", written(grey, "PNG"), None, 0
    yield "grey-alpha.png", written(la, "PNG"), None, 1
    yield "one-bit.png", written(grey.convert("1"), "PNG"), None, 0
    yield "palette.png", written(rgb.quantize(16), "PNG"), None, 0
    clear = rgb.quantize(16)
    yield "palette-transparent.png", written(clear, "PNG", transparency=bytes([0, 128, 255, 64])), None, 1
    yield "grey-transparent.png", written(grey, "PNG", transparency=int(scene()[0, 5, 0])), None, 0
    yield "rgb-transparent.png", written(rgb, "PNG", transparency=tuple(int(v) for v in scene()[3, 5])), None, 0
    yield "interlaced.png", interlaced(), rgb, 0
    for channels in (1, 2, 3, 4):
        data, image = png16(channels)
        yield f"16-bit-{channels}.png", data, image, 1
    for orientation in range(2, 9):
        yield f"turned-{orientation}.png", written(rgb, "PNG", exif=exif(orientation)), None, 0
    yield "turned-6.webp", written(rgb, "WEBP", lossless=True, exif=exif(6)), None, 0
    yield "turned-8.jpg", written(rgb, "JPEG", quality=100, subsampling=0, exif=exif(8)), None, 3
    yield "rgb.jpg", written(rgb, "JPEG", quality=95, subsampling=0), None, 3
    yield "progressive.jpg", written(rgb, "JPEG", quality=95, subsampling=0, progressive=True), None, 3
    yield "grey.jpg", written(grey, "JPEG", quality=95), None, 3
    yield "adobe-cmyk.jpg", cmyk(True), None, 2
    yield "plain-cmyk.jpg", cmyk(False), None, 2
    yield "lossless.webp", written(rgb, "WEBP", lossless=True), None, 0
    yield "lossy.webp", written(rgb, "WEBP", quality=95), None, 12
    yield "alpha.webp", written(rgba, "WEBP", lossless=True, exact=True), None, 1
    second = Image.fromarray(255 - scene())
    yield "animated.webp", written(rgb, "WEBP", lossless=True, save_all=True, append_images=[second]), None, 0
    yield "animated.png", written(rgb, "PNG", save_all=True, append_images=[second]), None, 0
    quantised = rgb.quantize(32)
    yield "animated.gif", written(quantised, "GIF", save_all=True, append_images=[second.quantize(32)]), None, 0
    wide = wide_gamut()
    srgb = ImageCms.profileToProfile(rgb, ImageCms.getOpenProfile(io.BytesIO(wide)), ImageCms.createProfile("sRGB"))
    for kind, options in (("png", {}), ("jpg", {"quality": 100, "subsampling": 0}), ("webp", {"lossless": True})):
        name = "JPEG" if kind == "jpg" else kind.upper()
        yield f"wide-gamut.{kind}", written(rgb, name, icc_profile=wide, **options), srgb, 8 if kind == "jpg" else 4
    yield "damaged-profile.png", written(rgb, "PNG", icc_profile=b"no profile"), rgb, 0


def interlaced():
    """Adam7, which Pillow reads but does not write."""
    pixels, rows = scene(), b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        part = pixels[y0::dy, x0::dx]
        rows += b"".join(b"\0" + row.tobytes() for row in part if row.size)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 1))
    return data + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def seen(data, image):
    if image is None:
        image = Image.open(io.BytesIO(data))
    image = ImageOps.exif_transpose(image).convert("RGBA")
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, image).convert("RGB")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    table = {}
    for name, data, image, difference in files():
        (folder / name).write_bytes(data)
        picture = seen(data, image)
        table[name] = {
            "width": picture.width, "height": picture.height, "difference": difference,
            "rgb": base64.b64encode(picture.tobytes()).decode(),
        }
    (folder / "table.json").write_text(json.dumps(table, indent=1) + "\n")


main()
