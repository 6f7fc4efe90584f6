package io.flowblend.api;

import io.smallrye.config.ConfigSourceInterceptor;
import io.smallrye.config.ConfigSourceInterceptorContext;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.Priorities;
import jakarta.annotation.Priority;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@code flowblend.data-directory} absolute: the database's URL is made from it, and H2 takes no relative path. Its
 * priority puts it behind what expands expressions, so that they, too, see what it makes.
 */
@Priority(Priorities.LIBRARY)
public final class AbsoluteDataDirectory implements ConfigSourceInterceptor {
    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable ConfigValue getValue(ConfigSourceInterceptorContext context, String name) {
        ConfigValue value = context.proceed(name);
        if (value == null || value.getValue() == null || !name.equals("flowblend.data-directory")) {
            return value;
        }
        return value.withValue(Path.of(value.getValue()).toAbsolutePath().toString());
    }
}
