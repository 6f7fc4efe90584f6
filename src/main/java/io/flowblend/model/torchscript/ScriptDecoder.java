package io.flowblend.model.torchscript;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.LatentDecoder;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ScriptSpec;
import io.flowblend.model.VideoSteps;
import io.flowblend.model.vae.LatentGrid;
import io.flowblend.tensor.ScriptModule;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/** A decoder from a TorchScript file. */
public final class ScriptDecoder implements LatentDecoder {
    private final ScriptModule module;
    private final ScriptSpec.Pixels pixels;
    private final LatentGrid grid;

    private ScriptDecoder(ScriptModule module, ScriptSpec.Pixels pixels, LatentGrid grid) {
        this.module = module;
        this.pixels = pixels;
        this.grid = grid;
    }

    /** @throws InvalidFileException if the file cannot be used */
    public static ScriptDecoder load(Path file, ScriptSpec.Pixels pixels, LatentGrid grid) {
        return new ScriptDecoder(ScriptModule.load(file), pixels, grid);
    }

    @Override
    public Tensor decode(Tensor latents) {
        try (TensorScope scope = TensorScope.open()) {
            LatentShape shape = LatentShape.of(latents);
            Tensor frames = module.call(Map.of(pixels.input(), latents));
            module.requireShape(
                    frames,
                    new long[] {
                        latents.size(0),
                        CHANNELS,
                        grid.frames(shape),
                        (long) shape.height() * grid.spatial(),
                        (long) shape.width() * grid.spatial()
                    },
                    pixels.input() + " " + ScriptModule.shape(latents));
            if (!Double.isFinite(frames.sum().item_double())) {
                throw new InvalidFileException(module.file(), "gives values that are not finite");
            }
            Tensor light = frames.sub(new Scalar(pixels.black())).div_(new Scalar(pixels.white() - pixels.black()));
            return scope.keep(light.clamp_(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0))));
        }
    }

    /** Of the frames alone: what such a file works with cannot be told. */
    @Override
    public long workingBytes(LatentShape latents) {
        return grid.frameBytes(latents, CHANNELS);
    }

    @Override
    public VideoSteps steps() {
        return grid.steps();
    }

    @Override
    public LatentShape latentShape(int frames, int height, int width) {
        return grid.shape(frames, height, width);
    }

    @Override
    public void close() {
        module.close();
    }
}
