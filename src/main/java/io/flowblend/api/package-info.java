/**
 * The wire: REST resources, errors, configuration and wiring. Records that are read and written are in {@code wire},
 * who may do what in {@code security}, metrics, logs and health in {@code observe}.
 */
@NullMarked
@OpenAPIDefinition(
        info =
                @Info(
                        title = "FlowBlend",
                        version = "1",
                        description =
                                "Videos made by a large and a small diffusion model that share the steps between them."),
        components =
                @Components(
                        requestBodies =
                                @RequestBody(
                                        name = CreateVideo.BODY,
                                        required = true,
                                        content = {
                                            @Content(
                                                    mediaType = MediaType.APPLICATION_JSON,
                                                    schema = @Schema(implementation = CreateVideo.class)),
                                            @Content(
                                                    mediaType = MediaType.MULTIPART_FORM_DATA,
                                                    schema = @Schema(implementation = CreateVideo.class))
                                        })))
package io.flowblend.api;

import io.flowblend.api.wire.CreateVideo;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Components;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.NullMarked;
