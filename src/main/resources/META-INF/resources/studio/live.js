/**
 * A video as it becomes: its object and its trace, again and again until it is finished. By server-sent events where the
 * service has them, else by asking again and again.
 */

import * as api from "./api.js";
import { pause } from "./dom.js";

const POLL_MS = 250;
const ATTEMPTS = 3;

export const running = (video) => video.status === "queued" || video.status === "in_progress";

async function look(id) {
  const video = await api.video(id);
  return { video, trace: await api.trace(id) };
}

/** Yields states until the video is finished or `signal` is aborted; `previews` is the number of steps between two, or 0. */
export async function* follow(id, signal, previews) {
  let state = await look(id);
  yield state;
  for (let attempt = 0, last = null; running(state.video) && attempt < ATTEMPTS && !signal.aborted; attempt++) {
    const stream = await api.events(id, last, signal, previews);
    if (!stream) {
      break;
    }
    try {
      for await (const event of parsed(stream, signal)) {
        last = event.id ?? last;
        state = await after(state, event);
        yield state;
        if (!running(state.video)) {
          return;
        }
      }
    } catch {
      // The connection was cut: go on from the last event.
    }
  }
  while (running(state.video) && !signal.aborted) {
    await pause(POLL_MS);
    state = await look(id);
    yield state;
  }
}

/** The events of a stream: `{id, type, data}`. */
async function* parsed(stream, signal) {
  const reader = stream.getReader();
  let text = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done || signal.aborted) {
        return;
      }
      text += value.replaceAll("\r\n", "\n");
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const event = { id: null, type: "message", data: "" };
        for (const line of text.slice(0, end).split("\n")) {
          const [, field, content] = /^(\w+): ?(.*)$/.exec(line) ?? [];
          event[field === "event" ? "type" : field] = content;
        }
        text = text.slice(end + 2);
        if (event.data) {
          yield { ...event, data: JSON.parse(event.data) };
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function after(state, { type, data }) {
  const { video, trace } = state;
  if (type === "queued") {
    return { ...state, video: { ...video, queue_position: data.position } };
  }
  if (type === "progress") {
    return { ...state, video: { ...video, status: "in_progress", queue_position: null, progress: data.progress } };
  }
  if (type === "preview") {
    return { ...state, preview: data.image_url };
  }
  if (type === "step" && data.letter) {
    const steps = [...trace.steps.slice(0, data.index), data];
    const started = { ...video, status: "in_progress", queue_position: null };
    return { ...state, video: started, trace: { ...trace, steps, schedule: steps.map((step) => step.letter).join("") } };
  }
  return look(video.id);
}
