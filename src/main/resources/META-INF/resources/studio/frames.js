/** The frames of a video as pixels, and how like two of them are. */

import { WORDS } from "./words.js";

/** Bytes of pixels that are held at most; of longer videos every second frame is taken, or every third. */
const MOST_BYTES = 300e6;
const WINDOW = 8;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

const failure = (video) => new Promise((_, reject) => {
  video.addEventListener("error", () => reject(new Error(WORDS.compare.unplayable)), { once: true });
});

/**
 * Shows the frame at `time`. The element says that it has sought before the frame is there to be drawn, so it is asked which
 * frame it presents.
 */
function seek(video, time, fps) {
  return new Promise((resolve) => {
    const presented = (now, { mediaTime }) => (Math.abs(mediaTime - time) < 0.75 / fps ? resolve() : video.requestVideoFrameCallback(presented));
    video.requestVideoFrameCallback(presented);
    video.currentTime = time;
  });
}

/** Reads `count` frames of the video at `address`, `fps` a second. */
export async function read(address, count, fps) {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  const failed = failure(video);
  const loaded = new Promise((resolve) => video.addEventListener("loadeddata", resolve, { once: true }));
  video.src = address;
  await Promise.race([loaded, failed]);
  const width = video.videoWidth;
  const height = video.videoHeight;
  const stride = Math.max(1, Math.ceil((width * height * 4 * count) / MOST_BYTES));
  const canvas = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const frames = [];
  for (let index = 0; index < count; index += stride) {
    await Promise.race([seek(video, (index + 0.5) / fps, fps), failed]);
    canvas.drawImage(video, 0, 0);
    frames.push(canvas.getImageData(0, 0, width, height));
  }
  video.removeAttribute("src");
  return { width, height, frames, fps: fps / stride };
}

/** Mean squared error over the colours. */
function squaredError(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 4) {
    sum += (a[i] - b[i]) ** 2 + (a[i + 1] - b[i + 1]) ** 2 + (a[i + 2] - b[i + 2]) ** 2;
  }
  return sum / (0.75 * a.length);
}

function luma(data) {
  const grey = new Float32Array(data.length / 4);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
  }
  return grey;
}

/** Mean similarity of windows that overlap by half. */
function similarity(a, b, width, height) {
  let sum = 0;
  let windows = 0;
  for (let top = 0; top + WINDOW <= height; top += WINDOW / 2) {
    for (let left = 0; left + WINDOW <= width; left += WINDOW / 2) {
      sum += ofWindow(a, b, width, top, left);
      windows++;
    }
  }
  return sum / windows;
}

function ofWindow(a, b, width, top, left) {
  let [x, y, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (let row = top; row < top + WINDOW; row++) {
    for (let i = row * width + left; i < row * width + left + WINDOW; i++) {
      x += a[i];
      y += b[i];
      xx += a[i] * a[i];
      yy += b[i] * b[i];
      xy += a[i] * b[i];
    }
  }
  const n = WINDOW * WINDOW;
  const [mx, my] = [x / n, y / n];
  return ((2 * mx * my + C1) * (2 * (xy / n - mx * my) + C2)) /
    ((mx * mx + my * my + C1) * (xx / n - mx * mx + yy / n - my * my + C2));
}

/** PSNR in decibels, infinite for equal ones, and SSIM of two lists of frames. */
export function likeness(a, b) {
  let error = 0;
  let alike = 0;
  a.frames.forEach((frame, index) => {
    const other = b.frames[index];
    error += squaredError(frame.data, other.data) / a.frames.length;
    alike += similarity(luma(frame.data), luma(other.data), a.width, a.height) / a.frames.length;
  });
  return { psnr: 10 * Math.log10((255 * 255) / error), ssim: alike };
}

/** How far two frames differ, four times as strong. */
export function difference(a, b) {
  const result = new ImageData(a.width, a.height);
  for (let i = 0; i < result.data.length; i++) {
    result.data[i] = i % 4 === 3 ? 255 : Math.min(255, 4 * Math.abs(a.data[i] - b.data[i]));
  }
  return result;
}
