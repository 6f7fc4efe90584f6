package io.flowblend.experiment.paper;

import io.flowblend.calibration.Source;
import io.flowblend.control.Step;
import io.flowblend.divergence.DivergenceMeter;
import io.flowblend.divergence.Moments;
import io.flowblend.divergence.VelocityDivergence;
import io.flowblend.experiment.HeldOut;
import io.flowblend.experiment.MeasuredPair;
import io.flowblend.experiment.ResultLog;
import io.flowblend.model.VelocityModel;
import io.flowblend.sampling.Guidance;
import io.flowblend.sampling.SamplingSpec;
import io.flowblend.sampling.SolverState;
import io.flowblend.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The velocity divergence at each step of a run by one model, the main stream, whose latents are given to both: of the
 * velocity under the prompt, under the negative prompt and under guidance (the paper's Figures 6, A5 and A6). The velocity
 * under the negative prompt follows from the other two, {@code v_u = (g v_c - v) / (g - 1)}; without guidance, or where it is
 * rescaled, only that under the prompt and the guided one are there.
 */
public final class VelocityAnalysis {
    /** Which velocity is compared. */
    public enum Under {
        PROMPT,
        NEGATIVE_PROMPT,
        GUIDANCE
    }

    /** What one step of one request showed. */
    record StepReading(double cosine, double l2) {}

    /** One request's steps along one main stream; one kind of velocity. */
    record Readings(Source mainStream, Under under, List<StepReading> steps) {}

    private record PromptReadings(int index, List<Readings> readings) {}

    private record Setup(String pair, String fingerprint, int steps, PaperPrompts prompts) {}

    /**
     * Over all requests, by step.
     *
     * @param mainStream whose latents both models saw
     * @param sigmas noise level of each step
     * @param stages as the cosine distance shows them
     */
    public record Curve(
            Source mainStream,
            Under under,
            List<Double> sigmas,
            List<Moments> cosine,
            List<Moments> l2,
            Stages stages) {
        /** Which velocity, for people. */
        public String velocity() {
            return switch (under) {
                case PROMPT -> "conditional";
                case NEGATIVE_PROMPT -> "unconditional";
                case GUIDANCE -> "guided";
            };
        }
    }

    private VelocityAnalysis() {}

    /** Measures the prompts that the file does not hold yet. */
    public static List<Curve> run(
            MeasuredPair pair, int steps, PaperPrompts prompts, int count, Path file, Progress progress) {
        Setup setup = new Setup(pair.id(), pair.served().fingerprint(), steps, prompts);
        ResultLog<PromptReadings> log = ResultLog.open(file, setup, PromptReadings.class);
        List<HeldOut> held = prompts.measured(count);
        for (int i = log.results().size(); i < count; i++) {
            HeldOut each = held.get(i);
            List<Readings> readings = pair.opened().open(pair.request(each, steps), request -> {
                SamplingSpec spec = request.fromNoise();
                List<Readings> both = new ArrayList<>(along(spec, Source.LARGE));
                both.addAll(along(spec, Source.SMALL));
                return both;
            });
            log.add(new PromptReadings(each.index(), readings));
            progress.made(String.valueOf(file.getFileName()), i + 1, count);
        }
        double[] sigmas = pair.opened().open(pair.request(held.get(0), steps), request -> request.fromNoise()
                .schedule()
                .sigmas());
        return curves(
                log.results().subList(0, count),
                Arrays.stream(sigmas, 0, steps).boxed().toList());
    }

    private static List<Curve> curves(List<PromptReadings> prompts, List<Double> sigmas) {
        List<Curve> curves = new ArrayList<>();
        for (int k = 0; k < prompts.get(0).readings().size(); k++) {
            Readings first = prompts.get(0).readings().get(k);
            List<Moments> cosine = new ArrayList<>();
            List<Moments> l2 = new ArrayList<>();
            for (int step = 0; step < sigmas.size(); step++) {
                Moments cosines = Moments.NONE;
                Moments lengths = Moments.NONE;
                for (PromptReadings prompt : prompts) {
                    StepReading reading = prompt.readings().get(k).steps().get(step);
                    cosines = cosines.plus(reading.cosine());
                    lengths = lengths.plus(reading.l2());
                }
                cosine.add(cosines);
                l2.add(lengths);
            }
            Stages stages = Stages.of(
                    cosine.stream().mapToDouble(Moments::mean).toArray(),
                    cosine.stream().mapToDouble(Moments::variance).toArray(),
                    prompts.size());
            curves.add(new Curve(first.mainStream(), first.under(), sigmas, cosine, l2, stages));
        }
        return curves;
    }

    /** Velocities of one model at one step; the second one is empty where it does not follow. */
    private record Velocities(Tensor prompt, List<Tensor> negative, Tensor guided) {
        static Velocities of(Guidance guidance, VelocityModel model, Tensor x, double sigma) {
            Tensor guided = guidance.velocity(model, x, sigma);
            if (!guidance.isReusable()) {
                return new Velocities(guidance.conditional(model, x, sigma), List.of(), guided);
            }
            double scale = guidance.scale();
            Tensor prompt = guidance.conditional(model, x, sigma);
            Tensor negative = prompt.mul(new Scalar(scale)).sub(guided).div(new Scalar(scale - 1));
            return new Velocities(prompt, List.of(negative), guided);
        }
    }

    @SuppressWarnings("try") // scope and guard are there for what their closing ends
    private static List<Readings> along(SamplingSpec spec, Source mainStream) {
        List<StepReading> prompt = new ArrayList<>();
        List<StepReading> negative = new ArrayList<>();
        List<StepReading> guided = new ArrayList<>();
        SolverState state = spec.start().solver().own();
        try (NoGradGuard inferenceOnly = new NoGradGuard()) {
            for (int index = 0; index < spec.schedule().steps(); index++) {
                try (TensorScope scope = TensorScope.open()) {
                    Step step = spec.schedule().step(index);
                    double told = spec.schedule().modelSigma(index);
                    Velocities large = Velocities.of(spec.guidance(), spec.large(), state.x(), told);
                    Velocities small = Velocities.of(spec.smallGuidance(), spec.small(), state.x(), told);
                    prompt.add(reading(large.prompt(), small.prompt()));
                    if (!large.negative().isEmpty() && !small.negative().isEmpty()) {
                        negative.add(reading(
                                large.negative().get(0), small.negative().get(0)));
                    }
                    guided.add(reading(large.guided(), small.guided()));
                    Tensor velocity = mainStream == Source.LARGE ? large.guided() : small.guided();
                    SolverState next = spec.solver().step(state, velocity, step).own();
                    state.close();
                    state = next;
                }
            }
        } finally {
            state.close();
        }
        List<Readings> readings = new ArrayList<>();
        readings.add(new Readings(mainStream, Under.PROMPT, prompt));
        if (!negative.isEmpty()) {
            readings.add(new Readings(mainStream, Under.NEGATIVE_PROMPT, negative));
        }
        readings.add(new Readings(mainStream, Under.GUIDANCE, guided));
        return readings;
    }

    private static StepReading reading(Tensor large, Tensor small) {
        VelocityDivergence divergence = DivergenceMeter.measure(large, small);
        return new StepReading(divergence.cosine(), divergence.l2());
    }
}
