-- The foreign key of listens, kept a statement at a time: a check of every row for itself took two thirds of the time in which
-- a dump of listens is stored. Same meaning: a row names an artist that is there, and goes with it. The SQLite file of the same
-- name has nothing to do.
-- SQL of PostgreSQL 12, no extensions.

-- What is not there yet is no news.
set local client_min_messages = warning;

alter table listens drop constraint if exists listens_artist_id_fkey;

-- Locks the artists of new rows as a foreign key does, and refuses rows of others. Planned each time: a plan for three rows is
-- none for a million.
create or replace function listens_have_artists() returns trigger language plpgsql as $$
declare
    missing text;
begin
    execute 'select 1 from artists where id in (select artist_id from added) order by id for key share';
    execute 'select min(artist_id) from added l where not exists (select from artists a where a.id = l.artist_id)' into missing;
    if missing is not null then
        raise foreign_key_violation using
            message = format('insert or update on table "listens" names the artist "%s", who is not there', missing),
            table = 'listens', constraint = 'listens_have_artists';
    end if;
    return null;
end
$$;

create or replace function listens_go_with_artists() returns trigger language plpgsql as $$
begin
    execute 'delete from listens where artist_id in (select id from gone)';
    return null;
end
$$;

drop trigger if exists listens_added on listens;
create trigger listens_added after insert on listens referencing new table as added
    for each statement execute function listens_have_artists();

-- Nobody gives a row to another artist in place: what is moved is written anew.
create or replace function listens_stay_with_artist() returns trigger language plpgsql as $$
begin
    raise foreign_key_violation using message = 'a row of table "listens" cannot be given to another artist', table = 'listens';
end
$$;

drop trigger if exists listens_moved on listens;
create trigger listens_moved before update on listens
    for each row when (old.artist_id <> new.artist_id) execute function listens_stay_with_artist();

drop trigger if exists artists_gone on artists;
create trigger artists_gone after delete on artists referencing old table as gone
    for each statement execute function listens_go_with_artists();

set local client_min_messages to default;
