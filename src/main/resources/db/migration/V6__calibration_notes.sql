-- What a calibration under way has measured: one row a lesson or trial, as JSON, escaped to ASCII. Deleted with its end.
create table calibration_notes (
    calibration_id varchar(40) not null,
    line integer not null,
    note text not null,
    constraint calibration_notes_key primary key (calibration_id, line)
);

-- Why background_tasks (V5) stays beside scheduled_tasks (V1) although both are the same table of db-scheduler: a
-- scheduler looks at every row of its table, whatever the task's name, and after 14 days deletes the rows of tasks that it
-- does not know as left over from an older release. With one table the videos' scheduler and that of learning would
-- delete each other's tasks.
