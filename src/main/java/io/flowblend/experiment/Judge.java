package io.flowblend.experiment;

import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.quality.DigitAdherence;
import io.flowblend.quality.DigitCaption;
import io.flowblend.quality.DigitReader;
import io.flowblend.quality.Psnr;
import io.flowblend.quality.Ssim;
import io.flowblend.tensor.TensorScope;
import io.flowblend.video.Frames;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;

/** Compares what was made of a prompt and seed with what LARGE alone makes of them. */
public final class Judge implements AutoCloseable {
    /** What equal frames count as, dB, so that means stay finite. */
    public static final double MOST_DECIBELS = 100;

    private final OpenRequest request;
    private final Optional<List<DigitCaption>> captions;
    private final Optional<DigitReader> reader;
    private Optional<Tensor> large = Optional.empty();
    private Optional<Frames> largeFrames = Optional.empty();
    /** By deviation: equal latents, which many rules lead to, are decoded once. */
    private final Map<Double, Look> looks = new HashMap<>();

    private final Psnr psnr = new Psnr();
    private final Ssim ssim = new Ssim();

    /**
     * What was found.
     *
     * @param deviation relative L2 of the latents
     * @param look at the frames; empty if only latents are compared
     */
    public record Found(double deviation, Optional<Look> look) {}

    /**
     * What the frames show: PSNR in dB, SSIM, and whether every digit has the prompt's colour, direction and speed and, where
     * the pair brings a classifier, is the prompt's digit.
     */
    public record Look(double psnr, double ssim, boolean adheres) {}

    private Judge(OpenRequest request, Optional<List<DigitCaption>> captions, Optional<DigitReader> reader) {
        this.request = request;
        this.captions = captions;
        this.reader = reader;
    }

    /** Compares latents only. */
    public static Judge ofLatents(OpenRequest request) {
        return new Judge(request, Optional.empty(), Optional.empty());
    }

    /** Compares frames as well. Closes {@code reader} when it is closed. */
    public static Judge ofFrames(OpenRequest request, List<DigitCaption> captions, Optional<DigitReader> reader) {
        return new Judge(request, Optional.of(captions), reader);
    }

    /** What LARGE alone made; a share of it is kept until this is closed. */
    void large(Tensor latents) {
        large = Optional.of(TensorScope.own(latents));
        largeFrames = captions.map(any -> request.decode(TensorScope.own(latents)));
    }

    /** Compares with LARGE alone, which has to be known. */
    public Found compare(Tensor latents) {
        double deviation = DivergenceMeter.measure(large.orElseThrow(), latents).relativeL2();
        return new Found(
                deviation,
                largeFrames.map(reference -> looks.computeIfAbsent(
                        deviation, any -> look(request.decode(TensorScope.own(latents)), reference))));
    }

    private Look look(Frames video, Frames reference) {
        return new Look(
                Math.min(MOST_DECIBELS, psnr.compare(video, reference)),
                ssim.compare(video, reference),
                adheres(video, captions.orElseThrow(), reader));
    }

    /** Whether a video shows all that its prompt says. */
    public static boolean adheres(Frames video, List<DigitCaption> captions, Optional<DigitReader> reader) {
        return captions.stream().allMatch(caption -> shows(video, caption, reader));
    }

    private static boolean shows(Frames video, DigitCaption caption, Optional<DigitReader> reader) {
        return DigitAdherence.measure(video, caption).all()
                && reader.map(each -> each.read(video, caption.colour()).equals(OptionalInt.of(caption.digit())))
                        .orElse(true);
    }

    @Override
    public void close() {
        reader.ifPresent(DigitReader::close);
        large.ifPresent(Tensor::close);
        large = Optional.empty();
    }
}
