package io.flowblend.jobs;

import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnPostgres.class)
class DatabaseCalibrationsOnPostgresTest extends DatabaseCalibrationsTest {}
