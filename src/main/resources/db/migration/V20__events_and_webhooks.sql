-- The steps of videos that are being made, in parts as they were written, for readers in other processes. What a finished
-- video did is in its own row.
create table video_steps (
    video_id varchar(32) not null,
    first_step integer not null,
    -- JSON
    steps text not null,
    constraint video_steps_key primary key (video_id, first_step),
    constraint video_steps_video foreign key (video_id) references video_jobs (id) on delete cascade
);

-- Whom to tell of the end of a video; the row goes once that is done, or given up, or the video is deleted.
create table webhooks (
    video_id varchar(32) not null,
    url text not null,
    -- whether there is a task for it
    scheduled boolean not null,
    constraint webhooks_key primary key (video_id),
    constraint webhooks_video foreign key (video_id) references video_jobs (id) on delete cascade
);
create index webhooks_scheduled on webhooks (scheduled);

-- A table of tasks of its own (see V6): telling must not wait for a video that is being made.
create table webhook_tasks (
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
    constraint webhook_tasks_key primary key (task_name, task_instance)
);

create index webhook_tasks_execution_time on webhook_tasks (execution_time);
create index webhook_tasks_last_heartbeat on webhook_tasks (last_heartbeat);
