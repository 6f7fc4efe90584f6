package io.flowblend.pipeline;

import io.flowblend.video.Frames;

/** A finished video and the report of its making. */
public record GeneratedVideo(Frames frames, VideoReport report) {}
