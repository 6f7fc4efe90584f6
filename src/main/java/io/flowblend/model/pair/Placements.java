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
    private static final String AUTO = "auto";

    /** All on the CPU in float32. */
    static final Placements CPU = new Placements(Placement.CPU, Placement.CPU, true);

    /**
     * What {@code hardware} comes to here.
     *
     * @throws IllegalArgumentException if a device is not there
     */
    static Placements of(Hardware hardware) {
        Placements planned = planned(hardware);
        requireThere("device", planned.large());
        requireThere("small-device", planned.small());
        return planned;
    }

    /** What {@code hardware} comes to where the devices that it names are there. */
    static Placements planned(Hardware hardware) {
        Optional<String> named = hardware.device().filter(name -> !name.equals(AUTO));
        String device = named.orElseGet(() -> gpuOr(0, "cpu"));
        String smallDevice = hardware.smallDevice()
                .or(() -> named)
                .filter(name -> !name.equals(AUTO))
                .orElseGet(() -> device.equals("cuda:0") ? gpuOr(1, device) : device);
        String dtype = hardware.dtype().orElse(AUTO);
        Placement large = placement(device, dtype);
        return new Placements(
                large, placement(smallDevice, dtype), hardware.keepTextEncoder().orElse(!large.onGpu()));
    }

    private static String gpuOr(int number, String otherwise) {
        return Devices.gpus() > number ? "cuda:" + number : otherwise;
    }

    private static void requireThere(String key, Placement placement) {
        if (!Devices.has(placement)) {
            int gpus = Devices.gpus();
            throw new IllegalArgumentException(key + " is " + placement.device() + ", but "
                    + (gpus == 0
                            ? "there is no GPU that this build can use (a build with -Pgpu needs an NVIDIA driver)"
                            : "there are " + gpus + " GPUs, from cuda:0"));
        }
    }

    private static Placement placement(String device, String dtype) {
        return Placement.of(device, dtype(Placement.of(device, "float32"), dtype));
    }

    private static String dtype(Placement exact, String dtype) {
        return switch (dtype) {
            case AUTO -> exact.onGpu() ? "bfloat16" : "float32";
            case "fastest" -> exact.onGpu() || SpeedProbe.bfloat16IsFaster() ? "bfloat16" : "float32";
            default -> dtype;
        };
    }
}
