-- One row a pair of which something was learned, imported or forgotten. Every change of a row raises its version, so who
-- changes it knows whether somebody else was faster; a row is never deleted, so that no version comes twice.
create table calibrations (
    pair varchar(255) not null,
    version bigint not null,
    fingerprint varchar(255),
    -- JSON; null where what was learned has been forgotten: then what was shipped holds
    knowledge text,
    updated_at timestamp(6) with time zone not null,
    constraint calibrations_key primary key (pair)
);
