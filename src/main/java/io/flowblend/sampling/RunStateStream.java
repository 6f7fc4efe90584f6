package io.flowblend.sampling;

import io.flowblend.calibration.Source;
import io.flowblend.tensor.Placement;
import io.flowblend.tensor.TensorStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A {@link RunState} as bytes and back. */
public final class RunStateStream {
    private static final int MOST_PAST = 8;

    private RunStateStream() {}

    public static void write(DataOutputStream out, RunState state) throws IOException {
        out.writeInt(state.nextStep());
        TensorStream.write(out, state.x());
        out.writeByte(state.solver().past().size());
        for (SolverState.Past past : state.solver().past()) {
            out.writeDouble(past.sigma());
            TensorStream.write(out, past.x());
            TensorStream.write(out, past.data());
        }
        out.writeByte(state.anchors().size());
        for (Map.Entry<Source, Anchor> entry : state.anchors().entrySet()) {
            Anchor anchor = entry.getValue();
            out.writeUTF(entry.getKey().name());
            out.writeUTF(anchor.by().name());
            out.writeDouble(anchor.sigma());
            TensorStream.write(out, anchor.unknown());
            out.writeBoolean(anchor.earlier().isPresent());
            if (anchor.earlier().isPresent()) {
                out.writeDouble(anchor.earlier().get().sigma());
                TensorStream.write(out, anchor.earlier().get().unknown());
            }
        }
    }

    /**
     * Reads what {@link #write} wrote; the tensors belong to the calling thread's innermost scope.
     *
     * @param placement of the latents
     * @throws IOException if it is not that
     */
    public static RunState read(DataInputStream in, Placement placement) throws IOException {
        int nextStep = in.readInt();
        SolverState solver = new SolverState(placement.moved(TensorStream.read(in)), past(in, placement));
        Map<Source, Anchor> anchors = new EnumMap<>(Source.class);
        for (int i = in.readUnsignedByte(); i > 0; i--) {
            Source source = source(in);
            anchors.put(source, anchor(in, placement));
        }
        return new RunState(nextStep, solver, anchors);
    }

    private static List<SolverState.Past> past(DataInputStream in, Placement placement) throws IOException {
        int count = in.readUnsignedByte();
        if (count > MOST_PAST) {
            throw new IOException("a solver that remembers " + count + " steps");
        }
        List<SolverState.Past> past = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            past.add(new SolverState.Past(
                    in.readDouble(), placement.moved(TensorStream.read(in)), placement.moved(TensorStream.read(in))));
        }
        return past;
    }

    private static Anchor anchor(DataInputStream in, Placement placement) throws IOException {
        Source by = source(in);
        double sigma = in.readDouble();
        var unknown = placement.moved(TensorStream.read(in));
        Optional<Anchor.Earlier> earlier = in.readBoolean()
                ? Optional.of(new Anchor.Earlier(in.readDouble(), placement.moved(TensorStream.read(in))))
                : Optional.empty();
        return new Anchor(by, sigma, unknown, earlier);
    }

    private static Source source(DataInputStream in) throws IOException {
        String name = in.readUTF();
        for (Source source : Source.values()) {
            if (source.name().equals(name)) {
                return source;
            }
        }
        throw new IOException("no source is named " + name);
    }
}
