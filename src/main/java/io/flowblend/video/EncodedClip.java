package io.flowblend.video;

import static io.flowblend.video.NativeScope.check;
import static io.flowblend.video.NativeScope.utf8;
import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_clone;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_close_dyn_buf;
import static org.bytedeco.ffmpeg.global.avformat.avio_open_dyn_buf;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_PRI_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVCOL_TRC_BT709;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Frames compressed by one codec, ready to be put in a container, in memory. Equal input gives equal bytes: one thread,
 * no versions, no dates.
 */
final class EncodedClip {
    private final NativeScope scope;
    private final List<AVPacket> packets = new ArrayList<>();
    private final AVRational frameTime;
    private final AVCodecContext codec;

    /**
     * @param scope owner of all that is made here; this object lives as long as it does
     * @param frames at least one
     * @param fps frames a second
     * @param filters what is done to the RGB pictures before they are compressed, in ffmpeg's filter syntax
     * @param codecName ffmpeg's name of the encoder
     * @param options the encoder's options
     */
    EncodedClip(
            NativeScope scope,
            Frames frames,
            FrameRate fps,
            String filters,
            String codecName,
            Map<String, String> options)
            throws IOException {
        frames.requireSome();
        this.scope = scope;
        frameTime = new AVRational().num(fps.denominator()).den(fps.numerator());
        FilterGraph graph = new FilterGraph(scope, FilterGraph.Input.rgb(frames), fps, filters);
        codec = openCodec(graph, codecName, options);
        compress(frames, graph);
    }

    private AVCodecContext openCodec(FilterGraph graph, String name, Map<String, String> options) throws IOException {
        AVCodec encoder = avcodec_find_encoder_by_name(name);
        if (encoder == null) {
            throw new IOException("this build of ffmpeg has no encoder " + name);
        }
        AVCodecContext context = scope.own(avcodec_alloc_context3(encoder), avcodec::avcodec_free_context);
        context.width(graph.width())
                .height(graph.height())
                .pix_fmt(graph.format())
                .colorspace(graph.colourSpace())
                .color_range(graph.colourRange())
                .color_primaries(AVCOL_PRI_BT709)
                .color_trc(AVCOL_TRC_BT709)
                .time_base(frameTime)
                .framerate(new AVRational().num(frameTime.den()).den(frameTime.num()))
                .thread_count(1)
                .flags(AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER);
        try (NativeScope step = new NativeScope()) {
            check(avcodec_open2(context, encoder, dictionary(step, options)), "opening the encoder " + name);
        }
        return context;
    }

    private void compress(Frames frames, FilterGraph graph) throws IOException {
        try (NativeScope step = new NativeScope()) {
            AVFrame picture = step.own(av_frame_alloc(), avutil::av_frame_free);
            for (int i = 0; i < frames.count(); i++) {
                fill(picture, frames, i);
                graph.push(picture);
                drain(graph, picture);
            }
            graph.push(null);
            drain(graph, picture);
            send(null);
        }
    }

    private static void fill(AVFrame picture, Frames frames, int index) throws IOException {
        FilterGraph.Input rgb = FilterGraph.Input.rgb(frames);
        picture.width(rgb.width())
                .height(rgb.height())
                .format(rgb.format())
                .colorspace(rgb.space())
                .color_range(rgb.range());
        picture.pts(index).duration(1);
        check(av_frame_get_buffer(picture, 0), "making room for a frame");
        int row = frames.width() * 3;
        try (BytePointer pixels = picture.data(0)) {
            for (int y = 0; y < frames.height(); y++) {
                pixels.position((long) y * picture.linesize(0))
                        .put(frames.rgb(), (index * frames.height() + y) * row, row);
            }
        }
    }

    private void drain(FilterGraph graph, AVFrame picture) throws IOException {
        while (graph.pull(picture)) {
            send(picture);
            av_frame_unref(picture);
        }
    }

    /** Compresses one picture, or with null those that the encoder still holds back. */
    private void send(@Nullable AVFrame picture) throws IOException {
        check(avcodec_send_frame(codec, picture), "compressing a frame");
        while (true) {
            AVPacket packet = scope.own(av_packet_alloc(), avcodec::av_packet_free);
            int code = avcodec_receive_packet(codec, packet);
            if (code == AVERROR_EAGAIN() || code == AVERROR_EOF) {
                return;
            }
            check(code, "compressing a frame");
            packet.duration(1);
            packets.add(packet);
        }
    }

    /**
     * The whole file.
     *
     * @param container ffmpeg's name of the container format
     * @param options the container's options
     * @param metadata what the container can carry of it is written
     */
    byte[] mux(String container, Map<String, String> options, Map<String, String> metadata) throws IOException {
        try (NativeScope step = new NativeScope()) {
            AVFormatContext format = step.own(new AVFormatContext((Pointer) null), avformat::avformat_free_context);
            check(
                    avformat_alloc_output_context2(format, null, container, null),
                    "making a file of format " + container);
            format.flags(format.flags() | AVFMT_FLAG_BITEXACT);
            setAll(format, metadata);
            AVStream stream = avformat_new_stream(format, null);
            check(avcodec_parameters_from_context(stream.codecpar(), codec), "describing the stream");
            stream.time_base(frameTime);
            stream.avg_frame_rate(codec.framerate());
            MemoryFile file = new MemoryFile();
            try (file) {
                format.pb(file.io);
                check(avformat_write_header(format, dictionary(step, options)), "writing the file's header");
                for (AVPacket packet : packets) {
                    write(packet, format, stream);
                }
                check(av_write_trailer(format), "finishing the file");
            } finally {
                format.pb(null);
            }
            return file.bytes;
        }
    }

    private void write(AVPacket packet, AVFormatContext format, AVStream stream) throws IOException {
        try (NativeScope step = new NativeScope()) {
            AVPacket copy = step.own(av_packet_clone(packet), avcodec::av_packet_free);
            av_packet_rescale_ts(copy, frameTime, stream.time_base());
            copy.stream_index(stream.index());
            check(av_write_frame(format, copy), "writing a frame");
        }
    }

    private static void setAll(AVFormatContext format, Map<String, String> metadata) throws IOException {
        AVDictionary entries = new AVDictionary((Pointer) null);
        try {
            fill(entries, metadata);
        } finally {
            format.metadata(entries);
        }
    }

    private static AVDictionary dictionary(NativeScope scope, Map<String, String> entries) throws IOException {
        AVDictionary dictionary = scope.own(new AVDictionary((Pointer) null), avutil::av_dict_free);
        fill(dictionary, entries);
        return dictionary;
    }

    /** In the order of the keys, so that equal maps give equal files. */
    private static void fill(AVDictionary dictionary, Map<String, String> entries) throws IOException {
        for (Map.Entry<String, String> entry : new TreeMap<>(entries).entrySet()) {
            try (BytePointer key = utf8(entry.getKey());
                    BytePointer value = utf8(entry.getValue())) {
                check(av_dict_set(dictionary, key, value, 0), "setting " + entry.getKey());
            }
        }
    }

    /** A file that grows in native memory; its content is in {@code bytes} once it is closed. */
    private static final class MemoryFile implements AutoCloseable {
        private final AVIOContext io = new AVIOContext((Pointer) null);
        private byte[] bytes = {};

        MemoryFile() throws IOException {
            check(avio_open_dyn_buf(io), "opening a file in memory");
        }

        @Override
        public void close() {
            try (BytePointer content = new BytePointer((Pointer) null)) {
                int size = avio_close_dyn_buf(io, content);
                try {
                    bytes = new byte[size];
                    content.get(bytes);
                } finally {
                    avutil.av_free(content);
                }
            }
        }
    }
}
