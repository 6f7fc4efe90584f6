package io.flowblend.pipeline;

import com.fasterxml.jackson.core.type.TypeReference;
import io.flowblend.calibration.PairState;
import io.flowblend.control.PolicyRequest;
import io.flowblend.sampling.RunState;
import io.flowblend.sampling.RunStateStream;
import io.flowblend.sampling.SamplingRun;
import io.flowblend.sampling.StepRecord;
import io.flowblend.tensor.Placement;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Where a run stands between two steps, and all that the rest of it depends on. The policy is kept as what it was made from
 * and the readings that it was shown; what is learned about the pair meanwhile does not reach the run.
 */
record RunCheckpoint(Head head, RunState state) {
    private static final int MOST_TEXT = 64 << 20;

    /**
     * What is kept as text.
     *
     * @param worker build and devices that made it, see {@link WorkerKind}
     * @param control what the policy was made from
     * @param stateBefore state of the pair when the video was begun
     * @param computing how the steps are computed
     * @param steps that were made
     * @param seconds that they took
     */
    record Head(
            String worker,
            PolicyRequest control,
            PairState stateBefore,
            RequestSampling.Computing computing,
            List<StepRecord> steps,
            double seconds) {}

    /** Writes where {@code run} stands; {@code begun} says what it depends on. */
    static void write(OutputStream stream, Head begun, SamplingRun run) throws IOException {
        Head head = new Head(
                begun.worker(),
                begun.control(),
                begun.stateBefore(),
                begun.computing(),
                run.trace().steps(),
                run.seconds());
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(stream));
        byte[] text = RecordJson.write(head).getBytes(StandardCharsets.US_ASCII);
        out.writeInt(text.length);
        out.write(text);
        RunStateStream.write(out, run.state());
        out.flush();
    }

    /**
     * Reads what {@link #write} wrote; the tensors belong to the calling thread's innermost scope.
     *
     * @param worker that goes on
     * @param placement of its latents
     * @throws IOException if another kind of worker made it, or it is damaged
     */
    static RunCheckpoint read(InputStream stream, String worker, Placement placement) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        int length = in.readInt();
        if (length < 0 || length > MOST_TEXT) {
            throw new IOException("it is damaged");
        }
        Head head;
        try {
            head = RecordJson.read(
                    new String(in.readNBytes(length), StandardCharsets.US_ASCII), new TypeReference<>() {});
        } catch (IllegalStateException e) {
            throw new IOException("its text cannot be read by this build", e);
        }
        if (!head.worker().equals(worker)) {
            throw new IOException(
                    "it was made by another kind of worker (" + head.worker() + "; this one is " + worker + ")");
        }
        return new RunCheckpoint(head, RunStateStream.read(in, placement));
    }
}
