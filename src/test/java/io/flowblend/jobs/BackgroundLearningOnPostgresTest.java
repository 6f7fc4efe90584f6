package io.flowblend.jobs;

import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnPostgres.class)
class BackgroundLearningOnPostgresTest extends BackgroundLearningTest {}
