"""Seeded, vectorised generator of moving coloured digits (glyphs of one font) with captions.

A video is uint8 RGB, 17 frames of 64x64. A slow glyph moves 1 pixel a frame, a fast one 2; it starts where it stays inside.
"""
import os

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "DejaVuSans-Bold.ttf")
FRAMES, SIDE = 17, 64
SPRITE, MARGIN = 36, 5  # side of a sprite in pixels, empty pixels around the glyph in it
GLYPH = SPRITE - 2 * MARGIN
COLOURS = ["red", "green", "blue", "yellow", "magenta", "cyan"]
RGB = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], np.float32)
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
DIRECTIONS = ["left", "right", "up", "down"]
UNIT = np.array([[-1, 0], [1, 0], [0, -1], [0, 1]])
SPEEDS = ["slowly", "fast"]
PIXELS = np.array([1, 2])
WORDS = ["a", "and", "moves"] + COLOURS + DIGITS + DIRECTIONS + SPEEDS
PRESENT, COLOUR, DIGIT, DIRECTION, SPEED, X0, Y0 = range(7)  # columns of the attributes

_sprites = None


def sprites():
    """-> uint8 [10, 36, 36], one glyph a digit"""
    global _sprites
    if _sprites is None:
        font, big, out = ImageFont.truetype(FONT, 34 * 4), SPRITE * 4, []
        for digit in range(10):
            image = Image.new("L", (big, big))
            draw = ImageDraw.Draw(image)
            left, top, right, bottom = draw.textbbox((0, 0), str(digit), font=font)
            draw.text((big / 2 - (left + right) / 2, big / 2 - (top + bottom) / 2), str(digit), 255, font=font)
            out.append(np.asarray(image.resize((SPRITE, SPRITE), Image.LANCZOS)))
        _sprites = np.stack(out)
    return _sprites


def _start(rng, direction, speed):
    room = SIDE - GLYPH
    place = [rng.integers(0, room + 1), rng.integers(0, room + 1)]
    along = rng.integers(0, room - (FRAMES - 1) * PIXELS[speed] + 1)
    place[0 if direction < 2 else 1] = along if direction in (1, 3) else room - along
    return place


def _overlap(kinds, places):
    total = 0
    for frame in range(0, FRAMES, 4):
        at = [np.array(places[j]) + UNIT[kinds[j][1]] * PIXELS[kinds[j][2]] * frame for j in range(2)]
        total += max(0, GLYPH - abs(at[0][0] - at[1][0])) * max(0, GLYPH - abs(at[0][1] - at[1][1]))
    return total


def attributes(count, seed):
    """-> int16 [count, 2, 7]: up to two digits a video; two in 40 %, at the least overlap of six tries"""
    rng = np.random.default_rng(seed)
    out = np.zeros((count, 2, 7), np.int16)
    two = rng.random(count) < 0.4
    for i in range(count):
        n = 2 if two[i] else 1
        colours = rng.permutation(6)[:n]
        kinds = [(rng.integers(10), rng.integers(4), rng.integers(2)) for _ in range(n)]
        tries = [[_start(rng, d, s) for _, d, s in kinds] for _ in range(6 if n == 2 else 1)]
        places = min(tries, key=lambda t: _overlap(kinds, t)) if n == 2 else tries[0]
        for j in range(n):
            digit, direction, speed = kinds[j]
            out[i, j] = (1, colours[j], digit, direction, speed, places[j][0] - MARGIN, places[j][1] - MARGIN)
    return out


def caption(row):
    """row [2, 7] -> 'a red seven moves left fast and a blue three moves up slowly'"""
    return " and ".join(f"a {COLOURS[r[COLOUR]]} {DIGITS[r[DIGIT]]} moves {DIRECTIONS[r[DIRECTION]]} {SPEEDS[r[SPEED]]}" for r in row if r[PRESENT])


def videos(rows):
    """rows [n, 2, 7] -> uint8 [n, 3, 17, 64, 64]"""
    out = np.zeros((len(rows), 3, FRAMES, SIDE, SIDE), np.uint8)
    axis, frames = np.arange(SIDE), np.arange(FRAMES)
    for j in range(2):
        index = np.flatnonzero(rows[:, j, PRESENT])
        if len(index) == 0:
            continue
        row = rows[index, j].astype(np.int64)
        padded = np.pad(sprites(), ((0, 0), (SIDE, SIDE), (SIDE, SIDE)))[row[:, DIGIT]]
        move = UNIT[row[:, DIRECTION]] * PIXELS[row[:, SPEED]][:, None]
        x = row[:, X0:X0 + 1] + move[:, :1] * frames
        y = row[:, Y0:Y0 + 1] + move[:, 1:] * frames
        down = axis[None, None] - y[:, :, None] + SIDE
        across = axis[None, None] - x[:, :, None] + SIDE
        alpha = padded[np.arange(len(index))[:, None, None, None], down[:, :, :, None], across[:, :, None, :]]
        out[index] = np.maximum(out[index], alpha[:, None] * RGB[row[:, COLOUR]].astype(np.uint8)[:, :, None, None, None])
    return out
