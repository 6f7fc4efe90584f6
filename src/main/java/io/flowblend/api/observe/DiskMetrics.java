package io.flowblend.api.observe;

import io.flowblend.api.FlowBlendConfig;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.system.DiskSpaceMetrics;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Shows the room on the disk that holds the data directory: {@code disk.free} and {@code disk.total}, in bytes. */
@ApplicationScoped
public class DiskMetrics {
    @Produces
    @Singleton
    MeterBinder disk(FlowBlendConfig config) {
        return new DiskSpaceMetrics(config.dataDirectory().toFile());
    }
}
