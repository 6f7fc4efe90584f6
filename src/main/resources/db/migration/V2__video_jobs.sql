-- One row a video. Ids sort by time of creation, so they are the order of lists and of the queue.
-- What a client wrote (prompts) is only in JSON, where every character is escaped to ASCII.
create table video_jobs (
    id varchar(32) not null,
    owner varchar(255) not null,
    status varchar(16) not null,
    request text not null,
    ignored text not null,
    remixed_from varchar(32),
    -- SHA-256 of the client's key, hexadecimal; null if none was given
    idempotency_key varchar(64),
    body_digest varchar(255),
    progress integer not null,
    -- counts every time that the job changes hands: who writes to a run names the attempt that it is
    attempt integer not null,
    -- attempts whose worker went away without a word
    lost_attempts integer not null,
    cancel_requested boolean not null,
    created_at timestamp(6) with time zone not null,
    started_at timestamp(6) with time zone,
    completed_at timestamp(6) with time zone,
    expires_at timestamp(6) with time zone,
    report text,
    failure_code varchar(64),
    failure_message text,
    constraint video_jobs_key primary key (id),
    constraint video_jobs_idempotency unique (owner, idempotency_key)
);

create index video_jobs_owner on video_jobs (owner, id);
create index video_jobs_status on video_jobs (status, id);
create index video_jobs_completed_at on video_jobs (completed_at);
create index video_jobs_expires_at on video_jobs (expires_at);
