package io.flowblend.api.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.flowblend.file.InvalidFileException;
import io.flowblend.tuning.Profiles;
import io.flowblend.tuning.TuningProfile;
import io.flowblend.tuning.TuningProfiles;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A tuning profile with some of its keys changed, as a request asks for it.
 *
 * @param base the profile that the others come from
 * @param settings values of the keys that are changed, which are in snake case
 */
public record ProfileEdit(TuningProfile base, SortedMap<String, JsonNode> settings) {
    private static final String FIELD = "settings";
    private static final String TRIED = "edited";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,63}");
    private static final Pattern QUOTED = Pattern.compile("'([a-z-]+)(?:\\[\\d+])?'");

    /** Reads {@code settings} and, in {@code baseField}, the profile that they change: the active one if it is left out. */
    static ProfileEdit read(RequestBody body, String baseField, Profiles.InForce profiles) {
        TuningProfile base = new FieldReader(body)
                .text(baseField)
                .map(name -> profiles.find(name).orElseThrow(() -> notThere(baseField, profiles)))
                .orElse(profiles.active());
        return new ProfileEdit(base, settings(body, ProfileList.settings(base)));
    }

    /** The keys that are changed. */
    List<String> keys() {
        return List.copyOf(settings.keySet());
    }

    /** What the file of a profile of that name would hold: all keys if it is the base itself, else what differs from it. */
    private String text(String name) {
        if (!base.name().equals(name)) {
            return "extends: " + base.name() + "\n" + lines(settings);
        }
        SortedMap<String, JsonNode> all = new TreeMap<>();
        ProfileList.settings(base).properties().forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        all.putAll(settings);
        return lines(all);
    }

    private static String lines(SortedMap<String, JsonNode> settings) {
        return settings.entrySet().stream()
                .map(entry -> kebab(entry.getKey()) + ": " + written(entry.getValue()) + "\n")
                .collect(Collectors.joining());
    }

    /** The profile, checked; it is not put in force. */
    public TuningProfile tried(Profiles profiles) {
        return checked(() -> profiles.tried(TRIED, text(TRIED)));
    }

    /** Reads the body of a request to keep a profile, and keeps it. */
    public static void keep(RequestBody body, String name, Profiles profiles) {
        VideoFields.refuseUnknown(body, Set.of("base", FIELD));
        if (!NAME.matcher(name).matches()) {
            throw ApiError.invalid(
                    "profile",
                    "invalid_value",
                    "A profile's name has to be 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter or digit.");
        }
        if (TuningProfiles.PACKAGED.contains(name)) {
            throw ApiError.invalid(
                    "profile", "packaged_profile", "'" + name + "' is a packaged profile; choose another name.");
        }
        ProfileEdit edit = read(body, "base", profiles.inForce());
        checked(() -> {
            profiles.save(name, edit.text(name));
            return name;
        });
    }

    private static ApiError notThere(String field, Profiles.InForce profiles) {
        return ApiError.invalid(
                field,
                "profile_not_found",
                "There is no such profile; there are "
                        + String.join(", ", profiles.byName().keySet()) + ".");
    }

    private static SortedMap<String, JsonNode> settings(RequestBody body, ObjectNode known) {
        JsonNode given = body.fields().getOrDefault(FIELD, JsonNodeFactory.instance.objectNode());
        RequestBody settings = RequestBody.ofObject(FIELD, given);
        Set<String> keys = known.properties().stream().map(Map.Entry::getKey).collect(Collectors.toSet());
        for (String key : settings.fields().keySet()) {
            if (!keys.contains(key)) {
                String hint = Text.closest(key, keys)
                        .map(close -> " Did you mean '" + close + "'?")
                        .orElse("");
                throw ApiError.invalid(
                        FIELD + "." + Text.shortened(key),
                        "unknown_field",
                        "A profile has no key '" + Text.shortened(key) + "'." + hint);
            }
        }
        return new TreeMap<>(settings.fields());
    }

    private static <T> T checked(Supplier<T> work) {
        try {
            return work.get();
        } catch (InvalidFileException e) {
            String problem = String.valueOf(e.getMessage()).substring(e.file().length() + 2);
            Matcher quoted = QUOTED.matcher(problem);
            String field = quoted.find() ? FIELD + "." + snake(quoted.group(1)) : FIELD;
            throw ApiError.invalid(field, "invalid_value", quoted.replaceAll(q -> snake(q.group())) + ".");
        }
    }

    private static String kebab(String key) {
        return key.replace('_', '-');
    }

    private static String snake(String key) {
        return key.replace('-', '_');
    }

    /** As YAML writes it. */
    private static String written(JsonNode value) {
        if (value.isArray()) {
            return value.valueStream().map(ProfileEdit::written).collect(Collectors.joining(", ", "[", "]"));
        }
        if (!value.isNumber()) {
            return value.toString();
        }
        double number = value.doubleValue();
        boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
        return whole ? Long.toString((long) number) : Double.toString(number);
    }
}
