-- Which workers can make the video: the name of its task, which says the pair and the models; every worker knows plain 'video'.
alter table video_jobs add column task varchar(100) default 'video' not null;
-- Higher ones go first; among equals the owners take turns: the turn counts the videos that an owner has waiting, from that
-- of the video that is being made, so an owner's first one does not wait for all of another's.
alter table video_jobs add column priority smallint default 0 not null;
alter table video_jobs add column turn bigint default 0 not null;
-- Size of the files of a completed video, and the SHA-256 of its MP4 as it was read back.
alter table video_jobs add column stored_bytes bigint default 0 not null;
alter table video_jobs add column sha256 varchar(64);
update video_jobs set turn = place;

create index video_jobs_turn on video_jobs (status, priority, turn, place);
create index video_jobs_owner_status on video_jobs (owner, status, priority, turn);
