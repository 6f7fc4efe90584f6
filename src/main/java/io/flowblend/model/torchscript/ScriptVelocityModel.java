package io.flowblend.model.torchscript;

import io.flowblend.file.InvalidFileException;
import io.flowblend.model.Condition;
import io.flowblend.model.ForwardCost;
import io.flowblend.model.LatentShape;
import io.flowblend.model.ScriptSpec;
import io.flowblend.model.VelocityModel;
import io.flowblend.tensor.ScriptModule;
import io.flowblend.tensor.TensorData;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A network from a TorchScript file as a velocity model.
 *
 * <p>What a forward costs cannot be read from such a file. It is taken as proportional to the number of latent positions
 * (frames x rows x columns), from what is said of the default size or, without that, as 2 operations for each weight and
 * patch, which is near the truth for transformers.
 */
public final class ScriptVelocityModel implements VelocityModel {
    private final ScriptModule module;
    private final ScriptSpec.Network network;
    private final double flopsPerPosition;

    private ScriptVelocityModel(ScriptModule module, ScriptSpec.Network network, double flopsPerPosition) {
        this.module = module;
        this.network = network;
        this.flopsPerPosition = flopsPerPosition;
    }

    /**
     * @param patch latents along one side of a patch
     * @param usual latents of the pair's default size
     * @throws InvalidFileException if the file cannot be used
     */
    public static ScriptVelocityModel load(Path file, ScriptSpec.Network network, int patch, LatentShape usual) {
        ScriptModule module = ScriptModule.load(file);
        if (network.tflops().isEmpty() && module.parameters() == 0) {
            module.close();
            throw new InvalidFileException(
                    file, "has no parameters (a frozen module?) to tell its cost from; 'tflops' has to say it");
        }
        double perPosition = network.flopsPerPosition(usual).orElse(2.0 * module.parameters() / (patch * patch));
        return new ScriptVelocityModel(module, network, perPosition);
    }

    @Override
    public Tensor velocity(Tensor x, double sigma, Condition condition) {
        try (TensorScope scope = TensorScope.open()) {
            double told = network.prediction().usable(sigma);
            Map<String, Tensor> inputs = new LinkedHashMap<>();
            inputs.put(network.inputs().x(), x);
            inputs.put(network.inputs().timestep(), filled(network.timestep().at(told), x.size(0)));
            network.inputs().condition().ifPresent(name -> inputs.put(name, condition.embeddings()));
            network.inputs().mask().ifPresent(name -> inputs.put(name, mask(condition)));
            Tensor output = module.call(inputs);
            module.requireShape(output, TensorData.shape(x), network.inputs().x() + " " + ScriptModule.shape(x));
            return scope.keep(network.prediction().velocity(x, output, told));
        }
    }

    private static Tensor mask(Condition condition) {
        return condition.textMask().orElseGet(() -> {
            Tensor text = condition.embeddings();
            return filled(1, text.size(0), text.size(1));
        });
    }

    private static Tensor filled(double value, long... shape) {
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        Arrays.fill(values, (float) value);
        return TensorData.floats(values, shape);
    }

    @Override
    public ForwardCost cost(LatentShape latents, int textTokens) {
        double flops = flopsPerPosition * latents.positions();
        return new ForwardCost(flops, flops);
    }

    @Override
    public long parameters() {
        return module.parameters();
    }

    @Override
    public void close() {
        module.close();
    }
}
