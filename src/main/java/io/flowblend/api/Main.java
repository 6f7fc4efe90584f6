package io.flowblend.api;

import io.flowblend.cli.FlowBlendCommand;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/** The jar's entry: without arguments the service, with arguments a command. */
@QuarkusMain
public final class Main {
    private Main() {}

    /** @param arguments a command and its options, or nothing */
    public static void main(String... arguments) {
        if (arguments.length == 0) {
            RequestIdFilter.checkAddressesItself();
            Quarkus.run(arguments);
        } else {
            System.exit(FlowBlendCommand.run(arguments));
        }
    }
}
