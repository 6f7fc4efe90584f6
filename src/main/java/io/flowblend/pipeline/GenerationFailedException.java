package io.flowblend.pipeline;

import io.flowblend.tensor.Devices;
import java.util.Optional;

/** A video could not be made. */
public final class GenerationFailedException extends RuntimeException {
    private final String code;

    /**
     * @param code stable word for machines, for example {@code non_finite_output}
     * @param message for people; holds no path and no class name
     */
    public GenerationFailedException(String code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public GenerationFailedException(String code, String message) {
        super(message);
        this.code = code;
    }

    public String code() {
        return code;
    }

    /** What {@code failure} comes to if a device is its reason: too little memory, or a GPU that stopped working. */
    static Optional<GenerationFailedException> ofDevice(Throwable failure) {
        if (Devices.isOutOfMemory(failure)) {
            Devices.giveBackUnused();
            return Optional.of(new GenerationFailedException(
                    RequestMemory.CODE,
                    "There was not enough memory to finish the video; ask for a smaller size or fewer frames.",
                    failure));
        }
        return Devices.examine()
                .map(lost -> new GenerationFailedException(
                        "device_lost", "A GPU has stopped working; the service has to be started anew.", failure));
    }
}
