package io.flowblend.model.pair;

import io.flowblend.file.Fields;
import io.flowblend.model.Prediction;
import io.flowblend.model.ScriptSpec;

/** {@code torchscript} in {@code pair.yaml}: the keys of {@link ScriptSpec} in kebab case. */
final class ScriptFields {
    private ScriptFields() {}

    static ScriptSpec read(Fields fields) {
        return new ScriptSpec(
                fields.object("latents", ScriptFields::latents),
                fields.object("large", ScriptFields::network),
                fields.object("small", ScriptFields::network),
                fields.optionalObject("text-encoder", ScriptFields::text),
                fields.optionalObject("decoder", ScriptFields::pixels));
    }

    private static ScriptSpec.Latents latents(Fields fields) {
        return new ScriptSpec.Latents(
                fields.integer("channels"),
                fields.integer("temporal"),
                fields.integer("spatial"),
                fields.integer("multiple"));
    }

    private static ScriptSpec.Network network(Fields fields) {
        return new ScriptSpec.Network(
                fields.object("inputs", ScriptFields::inputs),
                Prediction.of(fields.text("prediction")),
                fields.object("timestep", ScriptFields::timestep),
                fields.optionalNumber("tflops"));
    }

    private static ScriptSpec.Timestep timestep(Fields fields) {
        return new ScriptSpec.Timestep(fields.number("noise"), fields.number("data"));
    }

    private static ScriptSpec.Inputs inputs(Fields fields) {
        return new ScriptSpec.Inputs(
                fields.text("x"),
                fields.text("timestep"),
                fields.optionalText("condition"),
                fields.optionalText("mask"));
    }

    private static ScriptSpec.Text text(Fields fields) {
        return new ScriptSpec.Text(
                fields.text("ids"), fields.optionalText("mask"), fields.has("padding") ? fields.integer("padding") : 0);
    }

    private static ScriptSpec.Pixels pixels(Fields fields) {
        return new ScriptSpec.Pixels(fields.text("input"), fields.number("black"), fields.number("white"));
    }
}
