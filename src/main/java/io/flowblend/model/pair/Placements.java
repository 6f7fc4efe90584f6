package io.flowblend.model.pair;

import io.flowblend.model.PairSpec.Hardware;
import io.flowblend.tensor.Devices;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.SpeedProbe;
import java.util.Optional;

/**
 * Where the parts of a pair lie on this machine.
 *
 * @param large of the large model; text encoder and decoder lie on its device
 * @param small of the small model
 * @param keepTextEncoder whether the text encoder stays in memory between prompts
 */
record Placements(Placement large, Placement small, boolean keepTextEncoder) {
    /** All on the CPU in float32. */
    static final Placements CPU = new Placements(Placement.CPU, Placement.CPU, true);

    /**
     * What {@code hardware} comes to here.
     *
     * @throws IllegalArgumentException if a device is not there
     */
    static Placements of(Hardware hardware) {
        String device = hardware.device().filter(name -> !name.equals("auto")).orElseGet(() -> gpuOr(0, "cpu"));
        String smallDevice = hardware.smallDevice()
                .or(() -> hardware.device().isPresent()
                                && !hardware.device().get().equals("auto")
                        ? Optional.of(device)
                        : Optional.empty())
                .filter(name -> !name.equals("auto"))
                .orElseGet(() -> device.equals("cuda:0") ? gpuOr(1, device) : device);
        String dtype = hardware.dtype().orElse("auto");
        Placement large = placement("device", device, dtype);
        return new Placements(
                large,
                placement("small-device", smallDevice, dtype),
                hardware.keepTextEncoder().orElse(!large.onGpu()));
    }

    private static String gpuOr(int number, String otherwise) {
        return Devices.gpus() > number ? "cuda:" + number : otherwise;
    }

    private static Placement placement(String key, String device, String dtype) {
        Placement exact = Placement.of(device, "float32");
        if (!Devices.has(exact)) {
            int gpus = Devices.gpus();
            throw new IllegalArgumentException(key + " is " + device + ", but "
                    + (gpus == 0
                            ? "there is no GPU that this build can use (a build with -Pgpu needs an NVIDIA driver)"
                            : "there are " + gpus + " GPUs, from cuda:0"));
        }
        return Placement.of(device, dtype(exact, dtype));
    }

    private static String dtype(Placement exact, String dtype) {
        return switch (dtype) {
            case "auto" -> exact.onGpu() ? "bfloat16" : "float32";
            case "fastest" -> exact.onGpu() || SpeedProbe.bfloat16IsFaster() ? "bfloat16" : "float32";
            default -> dtype;
        };
    }
}
