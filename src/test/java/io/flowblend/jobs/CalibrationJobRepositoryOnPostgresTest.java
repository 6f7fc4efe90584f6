package io.flowblend.jobs;

import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnPostgres.class)
class CalibrationJobRepositoryOnPostgresTest extends CalibrationJobRepositoryTest {}
