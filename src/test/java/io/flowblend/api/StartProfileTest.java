package io.flowblend.api;

import static io.flowblend.api.Videos.api;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.Test;

/** The service started with {@code -Dquarkus.profile=quality}. */
@QuarkusTest
@TestProfile(StartProfileTest.Quality.class)
class StartProfileTest {
    /** With the tests' own Quarkus profile besides. */
    public static class Quality extends SyntheticCatalog.Profile {
        @Override
        public String getConfigProfile() {
            return "test,quality";
        }
    }

    @Test
    void quarkusProfileChoosesTheTuningProfileOfItsName() {
        api().get("/v1/profiles").then().statusCode(200).body("active", equalTo("quality"));
        Videos.operations()
                .get("/q/health/ready")
                .then()
                .body("checks.find { it.name == 'profiles' }.data.active", equalTo("quality"));
    }
}
