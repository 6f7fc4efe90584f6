-- By when a video has to be finished; null: whenever it comes to it. Of an owner's videos of one priority the one with the
-- earliest deadline has the earliest turn.
alter table video_jobs add column deadline timestamp(6) with time zone;
create index video_jobs_deadline on video_jobs (status, deadline);
