package io.flowblend.experiment.newpair;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The number of layers in a transformer's {@code config.json}. */
final class Layers {
    private static final Pattern NUMBER = Pattern.compile("(?<key>\"num_layers\": *)(?<count>\\d+)");

    private Layers() {}

    static int count(String config) {
        return Integer.parseInt(find(config).group("count"));
    }

    static String with(String config, int layers) {
        return find(config).replaceFirst("${key}" + layers);
    }

    private static Matcher find(String config) {
        Matcher matcher = NUMBER.matcher(config);
        if (!matcher.find()) {
            throw new IllegalArgumentException("config.json must name num_layers");
        }
        return matcher;
    }
}
