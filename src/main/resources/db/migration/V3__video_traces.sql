alter table video_jobs add column request_id varchar(128);
-- The steps that a failed video had made, as JSON.
alter table video_jobs add column unfinished text;
