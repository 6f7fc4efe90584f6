package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** What a video is coming to, while it is made, on the service as it ships. */
@QuarkusTest
@TestProfile(MainJobTest.AsShipped.class)
class PreviewsTest {
    private static final String VIDEO =
            "{\"prompt\": \"a red seven moves left fast\", \"num_inference_steps\": 50, \"seed\": 11, \"policy\": \"large\"}";

    @TestHTTPResource
    @SuppressWarnings("NullAway.Init")
    URI address;

    @Test
    void showsAPictureEverySoManyStepsAndChangesNoByteOfTheVideo() throws Exception {
        String unseen = queued();
        Videos.finished(unseen);
        String seen = queued();
        List<JsonPath> previews = previews(seen);
        assertTrue(!previews.isEmpty(), "no preview came");
        int last = -5;
        for (JsonPath preview : previews) {
            assertTrue(preview.getInt("next_step") >= last + 5, preview.prettify());
            last = preview.getInt("next_step");
            String[] url = preview.getString("image_url").split(",", 2);
            assertEquals("data:image/jpeg;base64", url[0]);
            BufferedImage picture =
                    ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(url[1])));
            assertEquals(64, picture.getWidth());
            assertEquals(64, picture.getHeight());
        }
        assertArrayEquals(content(unseen), content(seen));
    }

    @Test
    void namesTheParameterThatCannotBeDone() {
        String id = queued();
        for (String wrong : List.of("0", "-1", "1001", "often", "1.5")) {
            api().get("/v1/videos/" + id + "/events?previews=" + wrong)
                    .then()
                    .statusCode(422)
                    .body("error.param", equalTo("previews"));
        }
        api().post("/v1/videos/" + id + "/cancel").then().statusCode(200);
    }

    private static String queued() {
        return Videos.post(VIDEO).statusCode(200).extract().path("id");
    }

    private static byte[] content(String id) {
        return api().get("/v1/videos/" + id + "/content")
                .then()
                .statusCode(200)
                .extract()
                .asByteArray();
    }

    private List<JsonPath> previews(String id) throws Exception {
        List<JsonPath> found = new ArrayList<>();
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpRequest request = HttpRequest.newBuilder(address.resolve("/v1/videos/" + id + "/events?previews=5"))
                .build();
        boolean preview = false;
        for (String line :
                client.send(request, HttpResponse.BodyHandlers.ofLines()).body().toList()) {
            preview = line.startsWith("event: ") ? line.equals("event: preview") : preview;
            if (preview && line.startsWith("data: ")) {
                found.add(JsonPath.from(line.substring(6)));
            }
        }
        return found;
    }
}
