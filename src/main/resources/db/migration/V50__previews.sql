-- Videos in the making that somebody wants to see before they are done, and the newest picture of each.
create table video_previews (
    video_id varchar(32) not null,
    -- steps between two pictures
    every_steps integer not null,
    -- when it was asked for last: a picture is made as long as somebody goes on asking
    asked_at timestamp(6) with time zone not null,
    -- the step that came next when the picture was made; null until there is one
    next_step integer,
    -- JPEG, base64
    picture text,
    constraint video_previews_key primary key (video_id),
    constraint video_previews_video foreign key (video_id) references video_jobs (id) on delete cascade
);
