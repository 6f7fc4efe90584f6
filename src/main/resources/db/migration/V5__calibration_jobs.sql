-- What learns in the background has a table of tasks of its own: its worker must not take the videos' tasks for its own.
create table background_tasks (
    task_name varchar(100) not null,
    task_instance varchar(100) not null,
    task_data bytea,
    execution_time timestamp(6) with time zone not null,
    picked boolean not null,
    picked_by varchar(50),
    last_success timestamp(6) with time zone,
    last_failure timestamp(6) with time zone,
    consecutive_failures integer,
    last_heartbeat timestamp(6) with time zone,
    version bigint not null,
    priority smallint,
    constraint background_tasks_key primary key (task_name, task_instance)
);

create index background_tasks_execution_time on background_tasks (execution_time);
create index background_tasks_last_heartbeat on background_tasks (last_heartbeat);

-- One row a calibration that somebody started.
create table calibration_jobs (
    id varchar(40) not null,
    pair varchar(255) not null,
    -- the pair while it is not final, null after that: so there is one at a time a pair
    active_pair varchar(255),
    status varchar(16) not null,
    -- JSON, escaped to ASCII
    prompts text not null,
    lessons integer not null,
    learned integer not null,
    progress integer not null,
    created_at timestamp(6) with time zone not null,
    started_at timestamp(6) with time zone,
    completed_at timestamp(6) with time zone,
    failure_code varchar(64),
    failure_message text,
    constraint calibration_jobs_key primary key (id),
    constraint calibration_jobs_active unique (active_pair)
);

create index calibration_jobs_pair on calibration_jobs (pair, id);
