package io.flowblend.video;

import static io.flowblend.video.NativeScope.check;
import static io.flowblend.video.NativeScope.utf8;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_iterate;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.avutil.av_get_pix_fmt_name;
import static org.bytedeco.ffmpeg.presets.avutil.AVERROR_EAGAIN;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVDictionaryEntry;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/** Reads a video file back into frames. */
public final class VideoReader {
    private static final String TO_RGB = FilterGraph.scale("out_range=pc") + ",format=rgb24";

    /** Largest array that every Java machine can make. */
    private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

    private final NativeScope scope;
    private final AVFormatContext format;
    private final AVStream stream;
    private final AVCodecContext codec;
    private final ByteArrayOutputStream rgb = new ByteArrayOutputStream();
    private @Nullable FilterGraph graph;
    private int count;

    /**
     * Reads all frames of the first video stream.
     *
     * @param file on the default file system
     * @throws IOException naming the file if it is not there or cannot be decoded
     */
    public static DecodedVideo read(Path file) throws IOException {
        try (NativeScope scope = new NativeScope()) {
            if (!Files.isRegularFile(file)) {
                throw new IOException("there is no such file");
            }
            boolean fastStart = Mp4Boxes.startsFast(Files.readAllBytes(file));
            return new VideoReader(scope, file).decode(fastStart);
        } catch (IOException e) {
            throw new IOException(file.getFileName() + " cannot be read as a video: " + e.getMessage(), e);
        }
    }

    private VideoReader(NativeScope scope, Path file) throws IOException {
        this.scope = scope;
        format = scope.own(new AVFormatContext((Pointer) null), avformat::avformat_close_input);
        check(avformat_open_input(format, utf8("file:" + file), null, null), "opening it");
        check(avformat_find_stream_info(format, (AVDictionary) null), "looking for streams");
        int index =
                check(av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0), "looking for frames");
        stream = format.streams(index);
        AVCodec decoder = avcodec_find_decoder(stream.codecpar().codec_id());
        if (decoder == null) {
            throw new IOException("this build of ffmpeg has no decoder for it");
        }
        codec = scope.own(avcodec_alloc_context3(decoder), avcodec::avcodec_free_context);
        check(avcodec_parameters_to_context(codec, stream.codecpar()), "reading the stream's description");
        check(avcodec_open2(codec, decoder, (AVDictionary) null), "opening the decoder");
    }

    private DecodedVideo decode(boolean fastStart) throws IOException {
        AVPacket packet = scope.own(av_packet_alloc(), avcodec::av_packet_free);
        AVFrame picture = scope.own(av_frame_alloc(), avutil::av_frame_free);
        int code = av_read_frame(format, packet);
        while (code != AVERROR_EOF) {
            check(code, "reading a frame");
            if (packet.stream_index() == stream.index()) {
                send(packet, picture);
            }
            av_packet_unref(packet);
            code = av_read_frame(format, packet);
        }
        send(null, picture);
        if (graph == null) {
            throw new IOException("it holds no frame");
        }
        graph.push(null);
        drain(graph, picture);
        AVRational rate = stream.avg_frame_rate();
        return new DecodedVideo(
                new Frames(count, graph.height(), graph.width(), rgb.toByteArray()),
                rate.den() == 0 ? 0 : (double) rate.num() / rate.den(),
                avcodec_get_name(codec.codec_id()).getString(StandardCharsets.UTF_8),
                av_get_pix_fmt_name(codec.pix_fmt()).getString(StandardCharsets.UTF_8),
                entries(format.metadata()),
                fastStart);
    }

    private void send(@Nullable AVPacket packet, AVFrame picture) throws IOException {
        check(avcodec_send_packet(codec, packet), "decoding a frame");
        int code = avcodec_receive_frame(codec, picture);
        while (code != AVERROR_EAGAIN() && code != AVERROR_EOF) {
            check(code, "decoding a frame");
            if (graph == null) {
                graph = new FilterGraph(scope, input(picture), FrameRate.of(1), TO_RGB);
            }
            graph.push(picture);
            drain(graph, picture);
            code = avcodec_receive_frame(codec, picture);
        }
    }

    private static FilterGraph.Input input(AVFrame picture) {
        return new FilterGraph.Input(
                picture.width(), picture.height(), picture.format(), picture.colorspace(), picture.color_range());
    }

    private void drain(FilterGraph graph, AVFrame picture) throws IOException {
        byte[] row = new byte[graph.width() * 3];
        while (graph.pull(picture)) {
            if ((count + 1L) * graph.height() * row.length > MAX_BYTES) {
                throw new IOException("its frames take more than 2 GiB");
            }
            try (BytePointer pixels = picture.data(0)) {
                for (int y = 0; y < graph.height(); y++) {
                    pixels.position((long) y * picture.linesize(0)).get(row);
                    rgb.write(row);
                }
            }
            av_frame_unref(picture);
            count++;
        }
    }

    private static Map<String, String> entries(@Nullable AVDictionary dictionary) {
        Map<String, String> entries = new LinkedHashMap<>();
        AVDictionaryEntry entry = av_dict_iterate(dictionary, null);
        while (entry != null) {
            entries.put(
                    entry.key().getString(StandardCharsets.UTF_8), entry.value().getString(StandardCharsets.UTF_8));
            entry = av_dict_iterate(dictionary, entry);
        }
        return entries;
    }
}
