package io.flowblend.video;

import static io.flowblend.video.NativeScope.check;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersink_get_color_range;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersink_get_colorspace;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersink_get_format;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersink_get_frame;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersink_get_h;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersink_get_w;
import static org.bytedeco.ffmpeg.global.avfilter.av_buffersrc_add_frame;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_alloc;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_config;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_get_filter;
import static org.bytedeco.ffmpeg.global.avfilter.avfilter_graph_parse2;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_SPC_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;

import java.io.IOException;
import org.bytedeco.ffmpeg.avfilter.AVFilterContext;
import org.bytedeco.ffmpeg.avfilter.AVFilterGraph;
import org.bytedeco.ffmpeg.avfilter.AVFilterInOut;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avfilter;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** A chain of ffmpeg filters: pictures are pushed in at one end and pulled out at the other. */
final class FilterGraph {
    private static final String CONVERSION = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact";

    private final AVFilterContext source;
    private final AVFilterContext sink;

    /**
     * What goes in.
     *
     * @param format, space, range ffmpeg's numbers for pixel format, colour space and colour range
     */
    record Input(int width, int height, int format, int space, int range) {
        static Input rgb(Frames frames) {
            return new Input(frames.width(), frames.height(), AV_PIX_FMT_RGB24, AVCOL_SPC_RGB, AVCOL_RANGE_JPEG);
        }
    }

    /**
     * @param scope owner of the graph
     * @param filters in ffmpeg's filter syntax, from one input to one output
     */
    FilterGraph(NativeScope scope, Input input, FrameRate fps, String filters) throws IOException {
        AVFilterGraph graph = scope.own(avfilter_graph_alloc(), avfilter::avfilter_graph_free);
        graph.nb_threads(1);
        String chain = "buffer@in=video_size=%dx%d:pix_fmt=%d:colorspace=%d:range=%d:time_base=%d/%d,%s,buffersink@out"
                .formatted(
                        input.width,
                        input.height,
                        input.format,
                        input.space,
                        input.range,
                        fps.denominator(),
                        fps.numerator(),
                        filters);
        AVFilterInOut inputs = scope.own(new AVFilterInOut((Pointer) null), avfilter::avfilter_inout_free);
        AVFilterInOut outputs = scope.own(new AVFilterInOut((Pointer) null), avfilter::avfilter_inout_free);
        check(avfilter_graph_parse2(graph, chain, inputs, outputs), "reading the filter chain");
        check(avfilter_graph_config(graph, null), "setting up the filter chain");
        source = avfilter_graph_get_filter(graph, "buffer@in");
        sink = avfilter_graph_get_filter(graph, "buffersink@out");
    }

    /** A filter that converts between colour spaces with swscale at its most exact. */
    static String scale(String options) {
        return "scale=" + options + ":" + CONVERSION;
    }

    /** Hands a picture over (its data moves into the graph), or says with null that there are no more. */
    void push(@Nullable AVFrame frame) throws IOException {
        check(av_buffersrc_add_frame(source, frame), "filtering a frame");
    }

    /** Fills {@code frame} with the next picture; false if there is none yet, or none any more. */
    boolean pull(AVFrame frame) throws IOException {
        int code = av_buffersink_get_frame(sink, frame);
        if (code == AVERROR_EAGAIN() || code == AVERROR_EOF) {
            return false;
        }
        check(code, "filtering a frame");
        return true;
    }

    int width() {
        return av_buffersink_get_w(sink);
    }

    int height() {
        return av_buffersink_get_h(sink);
    }

    int format() {
        return av_buffersink_get_format(sink);
    }

    int colourSpace() {
        return av_buffersink_get_colorspace(sink);
    }

    int colourRange() {
        return av_buffersink_get_color_range(sink);
    }
}
