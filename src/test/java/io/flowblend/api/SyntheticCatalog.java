package io.flowblend.api;

import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.VideoPipeline;
import io.quarkus.test.junit.QuarkusTestProfile;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Serves one synthetic pair in place of real ones, in tests with its profile; a second one is refused. Tests can take the first away. */
@Alternative
@ApplicationScoped
public class SyntheticCatalog implements PipelineCatalog {
    /** The service with this catalog. */
    public static class Profile implements QuarkusTestProfile {
        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(SyntheticCatalog.class);
        }
    }

    private final SyntheticPipeline pipeline = new SyntheticPipeline("synthetic");
    private volatile boolean empty;

    SyntheticPipeline pipeline() {
        return pipeline;
    }

    void setEmpty(boolean empty) {
        this.empty = empty;
    }

    @Override
    public Optional<VideoPipeline> find(String pair) {
        return all().stream().filter(each -> each.spec().id().equals(pair)).findFirst();
    }

    @Override
    public List<VideoPipeline> all() {
        return empty ? List.of() : List.of(pipeline);
    }

    @Override
    public List<Refusal> refused() {
        return List.of(new Refusal("broken", "large/config.json: no such file"));
    }
}
