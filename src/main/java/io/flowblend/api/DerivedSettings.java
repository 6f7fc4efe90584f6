package io.flowblend.api;

import io.smallrye.config.ConfigSourceInterceptor;
import io.smallrye.config.ConfigSourceInterceptorContext;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.Priorities;
import jakarta.annotation.Priority;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the parts that follow from the service's own. One of the two databases is active: PostgreSQL where {@code
 * flowblend.database.url} is set, else the H2 file; the kind of a data source is fixed when the service is built, which of them
 * is used is not. A worker answers on the management port only.
 */
@Priority(Priorities.LIBRARY)
public final class DerivedSettings implements ConfigSourceInterceptor {
    private static final long serialVersionUID = 1L;

    private static final String URL = "flowblend.database.url";
    private static final String ROLE = "flowblend.role";

    @Override
    public @Nullable ConfigValue getValue(ConfigSourceInterceptorContext context, String name) {
        ConfigValue value = context.proceed(name);
        if (value == null) {
            return value;
        }
        return switch (name) {
            case "quarkus.datasource.h2.active" -> value.withValue(String.valueOf(!isShared(context)));
            case "quarkus.datasource.postgresql.active" -> value.withValue(String.valueOf(isShared(context)));
            case "quarkus.http.host-enabled" -> value.withValue(String.valueOf(!isWorker(context)));
            default -> value;
        };
    }

    private static boolean isShared(ConfigSourceInterceptorContext context) {
        ConfigValue url = context.proceed(URL);
        return url != null && url.getValue() != null && !url.getValue().isEmpty();
    }

    private static boolean isWorker(ConfigSourceInterceptorContext context) {
        ConfigValue role = context.proceed(ROLE);
        return role != null && "worker".equalsIgnoreCase(role.getValue());
    }
}
