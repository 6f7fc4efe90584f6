package io.flowblend.api;

import io.flowblend.cli.FlowBlendCommand;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The jar's entry: without arguments the service, with arguments a command. */
@QuarkusMain
public final class Main {
    private static final int FAILED = 1;

    private Main() {}

    /** @param arguments a command and its options, or nothing */
    public static void main(String... arguments) {
        if (arguments.length == 0) {
            RequestIdFilter.checkAddressesItself();
            Quarkus.run(null, Main::end, arguments);
        } else {
            System.exit(FlowBlendCommand.run(arguments));
        }
    }

    /** Ends the process. A mistake of who started it is one line; anything else is a defect and keeps its stack trace. */
    private static void end(int code, @Nullable Throwable failure) {
        if (failure != null) {
            String line = StartMistake.line(failure, dataDirectory()).orElse("");
            if (line.isEmpty()) {
                Logger.getLogger(Main.class).error("The service could not start", failure);
            } else {
                System.err.println("FlowBlend cannot start: " + line + ".");
            }
        }
        System.exit(failure == null ? code : FAILED);
    }

    private static String dataDirectory() {
        return ConfigProvider.getConfig()
                .getOptionalValue("flowblend.data-directory", String.class)
                .orElse("data");
    }
}
