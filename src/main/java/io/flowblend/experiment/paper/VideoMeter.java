package io.flowblend.experiment.paper;

import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.experiment.Judge;
import io.flowblend.experiment.paper.Samples.Sample;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.quality.Consistency;
import io.flowblend.quality.DigitCaption;
import io.flowblend.quality.DigitReader;
import io.flowblend.quality.Psnr;
import io.flowblend.quality.Ssim;
import io.flowblend.quality.network.FeatureNetworks;
import io.flowblend.quality.network.PictureNetwork;
import io.flowblend.replay.Replay;
import io.flowblend.tensor.TensorScope;
import io.flowblend.video.Frames;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/** Measures the videos of one request as they come, LARGE alone first. */
final class VideoMeter implements AutoCloseable {
    /** Neighbouring frames are nearly the same: features are taken of every so-manieth one. */
    private static final int EVERY_FRAME = 4;

    private static final double DIGITS_KEPT = 1e4;

    private final OpenRequest request;
    private final Judges judges;
    private final Map<String, Sample> found = new HashMap<>();
    private Optional<Tensor> large = Optional.empty();
    private Seen reference = new Seen(new Frames(0, 0, 0, new byte[0]), List.of(), List.of(), List.of());

    /**
     * What measures need besides frames.
     *
     * @param captions of the prompt; empty if it is none of the built-in pair's
     * @param reader of the pair; closed with the meter
     * @param networks stay open
     */
    record Judges(
            List<DigitCaption> captions,
            Optional<DigitReader> reader,
            Optional<FeatureNetworks> networks,
            double framesPerSecond) {}

    /** Frames and their features by the networks that there are; none where one is missing. */
    private record Seen(Frames frames, List<double[]> features, List<double[]> dino, List<double[]> clip) {}

    VideoMeter(OpenRequest request, Judges judges) {
        this.request = request;
        this.judges = judges;
    }

    void measure(String name, Tensor latents) {
        Seen seen = see(request.decode(TensorScope.own(latents)));
        if (name.equals(Replay.LARGE)) {
            large = Optional.of(TensorScope.own(latents));
            reference = seen;
        }
        Map<Measure, Double> measures = new EnumMap<>(Measure.class);
        measures.put(
                Measure.DEVIATION,
                DivergenceMeter.measure(large.orElseThrow(), latents).relativeL2());
        compare(seen, measures);
        alone(seen, measures);
        found.put(
                name,
                new Sample(
                        name,
                        "",
                        0,
                        measures,
                        seen.features().stream().map(VideoMeter::rounded).toList()));
    }

    private Seen see(Frames frames) {
        List<double[]> dino = features(FeatureNetworks::dino, frames);
        List<double[]> clip = features(FeatureNetworks::clip, frames);
        List<double[]> features = features(FeatureNetworks::frechet, frames);
        List<double[]> shown = features.isEmpty()
                ? judges.reader()
                        .map(each -> each.features(frames, EVERY_FRAME))
                        .orElse(List.of())
                : features;
        return new Seen(frames, shown, dino, clip);
    }

    private List<double[]> features(Function<FeatureNetworks, Optional<PictureNetwork>> network, Frames frames) {
        return judges.networks()
                .flatMap(network)
                .map(each -> each.features(frames, EVERY_FRAME))
                .orElse(List.of());
    }

    /** With LARGE alone. */
    private void compare(Seen seen, Map<Measure, Double> measures) {
        Frames frames = seen.frames();
        measures.put(Measure.PSNR, Math.min(Judge.MOST_DECIBELS, new Psnr().compare(frames, reference.frames())));
        measures.put(Measure.SSIM, new Ssim().compare(frames, reference.frames()));
        similarity(Measure.SIMILARITY, seen.features(), reference.features(), measures);
        similarity(Measure.DINO, seen.dino(), reference.dino(), measures);
        similarity(Measure.CLIP, seen.clip(), reference.clip(), measures);
        judges.networks()
                .flatMap(networks -> networks.lpips(frames, reference.frames()))
                .ifPresent(distance -> measures.put(Measure.LPIPS, distance));
    }

    private static void similarity(
            Measure measure, List<double[]> features, List<double[]> others, Map<Measure, Double> measures) {
        if (!features.isEmpty()) {
            measures.put(measure, Consistency.similarity(features, others));
        }
    }

    /** The video by itself. */
    private void alone(Seen seen, Map<Measure, Double> measures) {
        Frames frames = seen.frames();
        if (!judges.captions().isEmpty()) {
            measures.put(Measure.ADHERENCE, Judge.adheres(frames, judges.captions(), judges.reader()) ? 1.0 : 0.0);
        }
        if (frames.count() > 1) {
            measures.put(Measure.FLICKERING, Consistency.flickering(frames));
        }
        if (seen.dino().size() > 1) {
            measures.put(Measure.SUBJECT, Consistency.ofFeatures(seen.dino()));
        }
        if (seen.clip().size() > 1) {
            measures.put(Measure.BACKGROUND, Consistency.ofFeatures(seen.clip()));
        }
        judges.networks().ifPresent(networks -> {
            networks.motionSmoothness(frames).ifPresent(value -> measures.put(Measure.SMOOTHNESS, value));
            networks.dynamicDegree(frames, judges.framesPerSecond())
                    .ifPresent(value -> measures.put(Measure.DYNAMIC, value));
        });
    }

    /** What was measured of a run that has ended. */
    Sample made(String name, String letters, double compute) {
        Sample end = Optional.ofNullable(found.get(name)).orElseThrow();
        return new Sample(name, letters, compute, end.measures(), end.features());
    }

    private static double[] rounded(double[] values) {
        double[] rounded = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = Math.rint(values[i] * DIGITS_KEPT) / DIGITS_KEPT;
        }
        return rounded;
    }

    @Override
    public void close() {
        large.ifPresent(Tensor::close);
        judges.reader().ifPresent(DigitReader::close);
    }
}
