package io.flowblend.api.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.flowblend.video.FrameRate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Requests as clients of vLLM-Omni send them: forms, whose values are all text. */
class VideoFieldsTest {
    private static RequestBody form(String... namesAndValues) {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            body.append("--b\r\nContent-Disposition: form-data; name=\"")
                    .append(namesAndValues[i])
                    .append("\"\r\n\r\n")
                    .append(namesAndValues[i + 1])
                    .append("\r\n");
        }
        body.append("--b--\r\n");
        return RequestBody.of(
                Optional.of("multipart/form-data; boundary=b"), body.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void takesACallAsVllmOmniDocumentsIt() {
        VideoFields read = VideoFields.read(form(
                "prompt",
                "a red seven",
                "width",
                "832",
                "height",
                "480",
                "num_frames",
                "33",
                "fps",
                "16",
                "num_inference_steps",
                "40",
                "guidance_scale",
                "4.0",
                "guidance_scale_2",
                "3.0",
                "boundary_ratio",
                "0.875",
                "flow_shift",
                "5.0",
                "seed",
                "42",
                "true_cfg_scale",
                "1.0",
                "enable_frame_interpolation",
                "false"));
        assertEquals(OptionalDouble.of(3), read.options().lowGuidance());
        assertEquals(OptionalDouble.of(0.875), read.options().boundary());
        assertEquals(OptionalInt.of(33), read.options().frames());
        assertEquals(Optional.of(FrameRate.of(16)), read.options().fps());
        assertEquals(List.of("enable_frame_interpolation", "true_cfg_scale"), read.ignored());
    }

    @Test
    void unfoldsExtraParamsAndSaysWhatIsIgnored() {
        VideoFields read = VideoFields.read(
                form("prompt", "a red seven", "extra_params", "{\"quality\": 0.8, \"preencode_mp4\": true}"));
        assertEquals(Optional.of("0.8"), read.options().quality());
        assertEquals(List.of("extra_params.preencode_mp4"), read.ignored());
        assertEquals("quality", refused(form("prompt", "a", "quality", "1", "extra_params", "{\"quality\": 0.8}")));
        assertEquals("extra_params", refused(form("prompt", "a", "extra_params", "[1]")));
    }

    @Test
    void takesAnImageByItsOtherName() {
        String reference = "{\"image_url\": \"data:image/png;base64,AQID\"}";
        VideoFields read = VideoFields.read(form("prompt", "a red seven", "image_reference", reference));
        assertArrayEquals(new byte[] {1, 2, 3}, read.options().inputReference().orElseThrow());
        assertEquals("image_reference", refused(form("prompt", "a", "image_reference", "{\"file_id\": \"f\"}")));
        assertEquals(
                "image_reference",
                refused(form("prompt", "a", "image_reference", "{\"image_url\": \"https://example.com/a.png\"}")));
        assertEquals(
                "image_reference",
                refused(form(
                        "prompt", "a", "image_reference", reference, "input_reference", "data:image/png;base64,AQ==")));
    }

    @Test
    void takesADeadlineInSecondsFromNow() {
        assertEquals(
                Optional.of(Duration.ofMillis(90_500)),
                VideoFields.read(form("prompt", "a red seven", "deadline_s", "90.5"))
                        .within());
        assertEquals(
                Optional.empty(),
                VideoFields.read(form("prompt", "a red seven")).within());
        assertEquals("deadline_s", refused(form("prompt", "a", "deadline_s", "0")));
        assertEquals("deadline_s", refused(form("prompt", "a", "deadline_s", "2592001")));
    }

    private static Object refused(RequestBody body) {
        return assertThrows(ApiError.class, () -> VideoFields.read(body))
                .field()
                .orElseThrow();
    }
}
