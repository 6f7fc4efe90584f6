package io.flowblend.experiment;

import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.pipeline.OpenRequest;
import io.flowblend.quality.DigitAdherence;
import io.flowblend.quality.DigitCaption;
import io.flowblend.quality.Psnr;
import io.flowblend.quality.Ssim;
import io.flowblend.tensor.TensorScope;
import io.flowblend.video.Frames;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Compares what a policy made with what LARGE alone makes of the same prompt and seed. */
final class Judge implements AutoCloseable {
    /** What equal frames count as, dB, so that means stay finite. */
    static final double MOST_DECIBELS = 100;

    private final OpenRequest request;
    private final List<DigitCaption> captions;
    private final Tensor latents;
    private final Frames frames;
    private final Psnr psnr = new Psnr();
    private final Ssim ssim = new Ssim();

    /** @param latents of LARGE alone; a share is taken until {@link #close()} */
    Judge(OpenRequest request, List<DigitCaption> captions, Tensor latents) {
        this.request = request;
        this.captions = captions;
        this.latents = TensorScope.own(latents);
        this.frames = request.decode(latents);
    }

    /** What the frames show: PSNR, SSIM, and whether they show what the prompt says. */
    record Seen(double psnr, double ssim, boolean adheres) {}

    double deviation(Tensor other) {
        return DivergenceMeter.measure(latents, other).relativeL2();
    }

    Seen look(Tensor other) {
        Frames video = request.decode(other);
        return new Seen(
                Math.min(MOST_DECIBELS, psnr.compare(video, frames)),
                ssim.compare(video, frames),
                captions.stream().allMatch(caption -> DigitAdherence.measure(video, caption)
                        .all()));
    }

    @Override
    public void close() {
        latents.close();
    }
}
