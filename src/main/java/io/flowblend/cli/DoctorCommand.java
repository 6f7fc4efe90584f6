package io.flowblend.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Checks all that the service needs of its machine. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Checks native libraries, device, memory, disk, database, profiles and pairs, and says what is wrong. "
                        + "Exit code 1 if anything is.")
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private PairOptions pairs = new PairOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        List<Diagnosis> found = new Examination(pairs.place(), pairs::hardware).all();
        PrintWriter out = spec.commandLine().getOut();
        found.forEach(one ->
                out.printf(Locale.ROOT, "%-5s %-14s %s%n", one.good() ? "ok" : "WRONG", one.part(), one.words()));
        long wrong = found.stream().filter(one -> !one.good()).count();
        out.println(
                wrong == 0 ? "Nothing is wrong." : wrong + " of " + found.size() + " checks found something wrong.");
        out.flush();
        return wrong == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    /**
     * What one check found.
     *
     * @param part what was checked
     * @param words what is there; where it is wrong, what to do about it
     */
    record Diagnosis(String part, boolean good, String words) {
        static Diagnosis good(String part, String words) {
            return new Diagnosis(part, true, words);
        }

        static Diagnosis wrong(String part, String words) {
            return new Diagnosis(part, false, words);
        }
    }
}
