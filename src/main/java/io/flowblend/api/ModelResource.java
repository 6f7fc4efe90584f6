package io.flowblend.api;

import io.flowblend.api.wire.ApiError;
import io.flowblend.api.wire.ModelObject;
import io.flowblend.api.wire.Page;
import io.flowblend.pipeline.PipelineCatalog;
import io.flowblend.pipeline.VideoPipeline;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;

/** Pairs as models: {@code /v1/models}. */
@Path("/v1/models")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Models")
public class ModelResource {
    private final PipelineCatalog catalog;
    private final Instant created = Instant.now();

    ModelResource(PipelineCatalog catalog) {
        this.catalog = catalog;
    }

    @GET
    @Operation(summary = "The pairs that are served")
    public Page<ModelObject> list() {
        return Page.of(catalog.all().stream().map(this::view).toList(), false, ModelObject::id);
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A pair: its state, defaults and limits")
    public ModelObject get(@RestPath String id) {
        return catalog.find(id)
                .map(this::view)
                .orElseThrow(() -> ApiError.of(404, "model_not_found", "There is no such model."));
    }

    private ModelObject view(VideoPipeline pipeline) {
        return ModelObject.of(pipeline.spec(), pipeline.state(), pipeline.abilities(), created);
    }
}
