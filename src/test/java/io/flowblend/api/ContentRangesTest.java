package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(SyntheticCatalog.Profile.class)
class ContentRangesTest {
    @Test
    void sendsWholeFilesAndRangesOfThem() throws InterruptedException {
        String id = Videos.completed("a red seven");
        String path = "/v1/videos/" + id + "/content";
        Response whole = api().accept("application/binary").get(path);
        whole.then()
                .statusCode(200)
                .contentType("video/mp4")
                .header("Accept-Ranges", "bytes")
                .header("Content-Disposition", "inline; filename=\"" + id + ".mp4\"");
        byte[] bytes = whole.asByteArray();
        int size = bytes.length;

        assertArrayEquals(Arrays.copyOfRange(bytes, 5, 10), range(path, "bytes=5-9", 206, "bytes 5-9/" + size));
        assertArrayEquals(
                Arrays.copyOfRange(bytes, size - 3, size),
                range(path, "bytes=-3", 206, "bytes " + (size - 3) + "-" + (size - 1) + "/" + size));
        assertArrayEquals(
                Arrays.copyOfRange(bytes, size - 2, size),
                range(
                        path,
                        "bytes=" + (size - 2) + "-999999999",
                        206,
                        "bytes " + (size - 2) + "-" + (size - 1) + "/" + size));
        assertArrayEquals(bytes, range(path, "bytes=0-", 206, "bytes 0-" + (size - 1) + "/" + size));
        range(path, "bytes=" + size + "-", 416, "bytes */" + size);
        range(path, "bytes=-0", 416, "bytes */" + size);
        for (String ignored : new String[] {"bytes=9-5", "lines=1-2", "bytes=1-2,5-6", "bytes=-", "nonsense"}) {
            assertEquals(
                    size,
                    api().header("Range", ignored)
                            .get(path)
                            .then()
                            .statusCode(200)
                            .extract()
                            .asByteArray()
                            .length);
        }
    }

    @Test
    void spendsNothingOnAClientThatHasTheFile() throws InterruptedException {
        String path = "/v1/videos/" + Videos.completed("a red seven") + "/content";
        String etag = api().get(path).header("ETag");

        for (String match : new String[] {etag, "\"other\", " + etag, "W/" + etag, "*"}) {
            api().header("If-None-Match", match)
                    .get(path)
                    .then()
                    .statusCode(304)
                    .header("ETag", equalTo(etag));
        }
        api().header("If-None-Match", "\"other\"").get(path).then().statusCode(200);
        api().header("Range", "bytes=0-1")
                .header("If-Range", etag)
                .get(path)
                .then()
                .statusCode(206);
        api().header("Range", "bytes=0-1")
                .header("If-Range", "\"other\"")
                .get(path)
                .then()
                .statusCode(200);
        api().head(path).then().statusCode(200).header("ETag", equalTo(etag)).header("Content-Range", nullValue());
    }

    @Test
    void servesEveryVariantAndNamesTheOthers() throws InterruptedException {
        String id = Videos.completed("a red seven");
        String path = "/v1/videos/" + id + "/content?variant=";

        api().get(path + "video").then().statusCode(200).contentType("video/mp4");
        api().get(path + "thumbnail").then().statusCode(200).contentType("image/jpeg");
        api().get(path + "spritesheet")
                .then()
                .statusCode(200)
                .contentType("image/jpeg")
                .header("Content-Disposition", "inline; filename=\"" + id + "-spritesheet.jpg\"");
        api().get(path + "gif").then().statusCode(422).body("error.param", equalTo("variant"));
    }

    private static byte[] range(String path, String range, int status, String contentRange) {
        return api().header("Range", range)
                .get(path)
                .then()
                .statusCode(status)
                .header("Content-Range", contentRange)
                .extract()
                .asByteArray();
    }
}
