package io.flowblend.quality.network;

import io.flowblend.file.InvalidFileException;
import io.flowblend.tensor.ScriptModule;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import io.flowblend.video.Frames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * The networks in a folder, each of which may be missing:
 *
 * <ul>
 *   <li>{@code dino/} and {@code clip/}: features of pictures ({@link PictureNetwork}), for similarity to a reference and for
 *       VBench's subject and background consistency;
 *   <li>{@code inception/}: features of pictures for Frechet distances; without it DINO's are taken;
 *   <li>{@code lpips.pt}: LPIPS of two pictures {@code [1, 3, H, W]}, -1..1;
 *   <li>{@code raft.pt}: optical flow {@code [1, 2, H, W]}, pixels, from one picture {@code [1, 3, H, W]}, 0..255, to the
 *       next, for VBench's dynamic degree;
 *   <li>{@code amt.pt}: the picture between two pictures {@code [1, 3, H, W]}, 0..1, for VBench's motion smoothness.
 * </ul>
 */
public final class FeatureNetworks implements AutoCloseable {
    /** Networks are used at this rate in VBench's dynamic degree, frames a second. */
    private static final double FLOW_RATE = 8;

    private final Optional<PictureNetwork> dino;
    private final Optional<PictureNetwork> clip;
    private final Optional<PictureNetwork> inception;
    private final Optional<ScriptModule> lpips;
    private final Optional<ScriptModule> raft;
    private final Optional<ScriptModule> amt;

    private FeatureNetworks(Path folder) {
        dino = PictureNetwork.in(folder.resolve("dino"));
        clip = PictureNetwork.in(folder.resolve("clip"));
        inception = PictureNetwork.in(folder.resolve("inception"));
        lpips = script(folder.resolve("lpips.pt"));
        raft = script(folder.resolve("raft.pt"));
        amt = script(folder.resolve("amt.pt"));
    }

    /** @throws InvalidFileException if there is no such folder, or none of the networks is in it */
    public static FeatureNetworks in(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new InvalidFileException(folder, "is not a folder");
        }
        FeatureNetworks networks = new FeatureNetworks(folder);
        if (networks.names().isEmpty()) {
            throw new InvalidFileException(
                    folder, "holds none of dino/, clip/, inception/, lpips.pt, raft.pt and amt.pt");
        }
        return networks;
    }

    private static Optional<ScriptModule> script(Path file) {
        return Files.exists(file) ? Optional.of(ScriptModule.load(file)) : Optional.empty();
    }

    public Optional<PictureNetwork> dino() {
        return dino;
    }

    public Optional<PictureNetwork> clip() {
        return clip;
    }

    /** What Frechet distances are taken of. */
    public Optional<PictureNetwork> frechet() {
        return inception.or(() -> dino);
    }

    /** The name of {@link #frechet}, for people; empty if there is none. */
    public Optional<String> frechetName() {
        return inception.isPresent() ? Optional.of("inception/") : dino.map(any -> "dino/");
    }

    /** LPIPS of each frame with that of the reference, mean over the frames; 0 for equal ones. */
    public Optional<Double> lpips(Frames frames, Frames reference) {
        return lpips.map(network -> {
            double sum = 0;
            for (int frame = 0; frame < frames.count(); frame++) {
                try (TensorScope scope = TensorScope.open()) {
                    sum += network.call(picture(frames, frame, 2 / 255.0, -1), picture(reference, frame, 2 / 255.0, -1))
                            .mean()
                            .item_double();
                }
            }
            return sum / frames.count();
        });
    }

    /**
     * VBench's dynamic degree of one video: 1 if it moves, else 0. The strongest 5 % of the flow between neighbours at about 8
     * frames a second have to move by more than {@code 6 min(H, W) / 256} pixels on average, in a quarter of 16 neighbours.
     */
    public Optional<Double> dynamicDegree(Frames frames, double framesPerSecond) {
        return raft.map(network -> {
            int every = Math.max(1, (int) Math.rint(framesPerSecond / FLOW_RATE));
            List<Double> speeds = new ArrayList<>();
            int looked = 1;
            for (int frame = every; frame < frames.count(); frame += every) {
                looked++;
                try (TensorScope scope = TensorScope.open()) {
                    Tensor flow = network.call(picture(frames, frame - every, 1, 0), picture(frames, frame, 1, 0));
                    speeds.add(strongest(TensorData.toFloats(flow)));
                }
            }
            double least = 6.0 * Math.min(frames.height(), frames.width()) / 256;
            long needed = (long) Math.rint(4 * (looked / 16.0));
            return speeds.stream().filter(speed -> speed > least).count() >= needed ? 1.0 : 0.0;
        });
    }

    /** Mean length of the 5 % longest of flow {@code [2, H, W]}. */
    private static double strongest(float[] flow) {
        int pixels = flow.length / 2;
        double[] lengths = new double[pixels];
        Arrays.setAll(lengths, i -> Math.hypot(flow[i], flow[pixels + i]));
        Arrays.sort(lengths);
        return Arrays.stream(lengths, pixels - (int) (pixels * 0.05), pixels)
                .average()
                .orElse(0);
    }

    /**
     * VBench's motion smoothness: {@code (255 - mean absolute difference) / 255} of the odd frames and of what lies between
     * their neighbours by interpolation. Empty without the network, or with fewer than three frames.
     */
    public Optional<Double> motionSmoothness(Frames frames) {
        return amt.filter(any -> frames.count() > 2).map(network -> {
            double sum = 0;
            int odd = 0;
            for (int frame = 1; frame + 1 < frames.count(); frame += 2) {
                try (TensorScope scope = TensorScope.open()) {
                    Tensor between = network.call(
                            picture(frames, frame - 1, 1 / 255.0, 0), picture(frames, frame + 1, 1 / 255.0, 0));
                    sum += difference(TensorData.toFloats(between), frames, frame);
                    odd++;
                }
            }
            return (255 - sum / odd) / 255;
        });
    }

    private static double difference(float[] between, Frames frames, int frame) {
        byte[] rgb = frames.frame(frame);
        int pixels = rgb.length / 3;
        double sum = 0;
        for (int i = 0; i < rgb.length; i++) {
            double value = Math.rint(Math.max(0, Math.min(1, between[i % 3 * pixels + i / 3])) * 255);
            sum += Math.abs(value - Byte.toUnsignedInt(rgb[i]));
        }
        return sum / rgb.length;
    }

    /** One frame as {@code [1, 3, H, W]}, each value times {@code factor} and moved. */
    private static Tensor picture(Frames frames, int index, double factor, double moved) {
        byte[] rgb = frames.frame(index);
        int pixels = rgb.length / 3;
        float[] values = new float[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            values[i % 3 * pixels + i / 3] = (float) (Byte.toUnsignedInt(rgb[i]) * factor + moved);
        }
        return TensorData.floats(values, 1, 3, frames.height(), frames.width());
    }

    /** What is there, for people. */
    public String names() {
        List<String> names = new ArrayList<>();
        dino.ifPresent(any -> names.add("dino/"));
        clip.ifPresent(any -> names.add("clip/"));
        inception.ifPresent(any -> names.add("inception/"));
        lpips.ifPresent(any -> names.add("lpips.pt"));
        raft.ifPresent(any -> names.add("raft.pt"));
        amt.ifPresent(any -> names.add("amt.pt"));
        return String.join(", ", names);
    }

    @Override
    public void close() {
        List.of(dino, clip, inception).forEach(network -> network.ifPresent(PictureNetwork::close));
        List.of(lpips, raft, amt).forEach(network -> network.ifPresent(ScriptModule::close));
    }
}
