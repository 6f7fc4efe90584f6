-- What is asked at every submission and for every page of a list is answered from an index alone, however long the queue is.
create index video_jobs_position on video_jobs (status, priority, turn, place, lost_attempts, id);
drop index video_jobs_turn;
create index video_jobs_last_turn on video_jobs (owner, status, priority, turn desc);
drop index video_jobs_owner_status;
