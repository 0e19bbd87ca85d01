-- The foreign keys of what a dump of artists fills, kept a statement at a time as that of listens is: a check of every row for
-- itself took more than half of the server's time in which a dump is stored. Same meaning: a row names an artist that is there,
-- and goes with it. The SQLite file of the same name has nothing to do.
-- SQL of PostgreSQL 12, no extensions.

-- What is not there yet is no news.
set local client_min_messages = warning;

alter table artist_link drop constraint if exists artist_link_artist_id_fkey;
alter table artist_alias drop constraint if exists artist_alias_artist_id_fkey;
alter table genre_vote drop constraint if exists genre_vote_artist_id_fkey;
alter table artist_genre drop constraint if exists artist_genre_artist_id_fkey;
alter table facets drop constraint if exists facets_artist_id_fkey;

create or replace function artist_is_missing(id text, of text) returns void language plpgsql as $$
begin
    raise foreign_key_violation using
        message = format('insert or update on table "%s" names the artist "%s", who is not there', of, id),
        table = of, constraint = of || '_artist_id_fkey';
end
$$;

-- Locks the artists of new rows as a foreign key does, and refuses rows of others.
create or replace function rows_have_artists() returns trigger language plpgsql set search_path from current as $$
declare
    named text[];
    locked bigint;
begin
    -- A transaction that wrote all these artists itself says so: nobody else sees them yet, so nobody can take them away.
    if current_setting('sixpotify.own_artists', true) = 'on' then
        return null;
    end if;
    named := array(select distinct artist_id from added);
    if cardinality(named) <= 100 then
        perform 1 from artists where id = any(named) order by id for key share;
    else
        -- Planned for so many: the plan that is kept is one for a few.
        execute 'select 1 from artists where id = any($1) order by id for key share' using named;
    end if;
    get diagnostics locked = row_count;
    if locked < cardinality(named) then
        perform artist_is_missing(min(n), tg_table_name) from unnest(named) n where n not in (select id from artists where id = n);
    end if;
    return null;
end
$$;

create or replace function row_has_artist() returns trigger language plpgsql set search_path from current as $$
begin
    perform 1 from artists where id = new.artist_id for key share;
    if not found then
        perform artist_is_missing(new.artist_id, tg_table_name);
    end if;
    return null;
end
$$;

create or replace function rows_go_with_artists() returns trigger language plpgsql set search_path from current as $$
declare
    ids text[] := array(select id from gone);
    one text;
begin
    if cardinality(ids) > 0 then
        foreach one in array array['artist_link', 'artist_alias', 'genre_vote', 'artist_genre', 'facets', 'listens'] loop
            execute format('delete from %I where artist_id = any($1)', one) using ids;
        end loop;
    end if;
    return null;
end
$$;

create or replace function rows_go_with_all_artists() returns trigger language plpgsql set search_path from current as $$
begin
    truncate artist_link, artist_alias, genre_vote, artist_genre, facets, listens;
    return null;
end
$$;

drop trigger if exists artist_link_added on artist_link;
create trigger artist_link_added after insert on artist_link referencing new table as added
    for each statement execute function rows_have_artists();
drop trigger if exists artist_link_moved on artist_link;
create trigger artist_link_moved after update on artist_link
    for each row when (old.artist_id <> new.artist_id) execute function row_has_artist();

drop trigger if exists artist_alias_added on artist_alias;
create trigger artist_alias_added after insert on artist_alias referencing new table as added
    for each statement execute function rows_have_artists();
drop trigger if exists artist_alias_moved on artist_alias;
create trigger artist_alias_moved after update on artist_alias
    for each row when (old.artist_id <> new.artist_id) execute function row_has_artist();

drop trigger if exists genre_vote_added on genre_vote;
create trigger genre_vote_added after insert on genre_vote referencing new table as added
    for each statement execute function rows_have_artists();
drop trigger if exists genre_vote_moved on genre_vote;
create trigger genre_vote_moved after update on genre_vote
    for each row when (old.artist_id <> new.artist_id) execute function row_has_artist();

drop trigger if exists artist_genre_added on artist_genre;
create trigger artist_genre_added after insert on artist_genre referencing new table as added
    for each statement execute function rows_have_artists();
drop trigger if exists artist_genre_moved on artist_genre;
create trigger artist_genre_moved after update on artist_genre
    for each row when (old.artist_id <> new.artist_id) execute function row_has_artist();

drop trigger if exists facets_added on facets;
create trigger facets_added after insert on facets referencing new table as added
    for each statement execute function rows_have_artists();
drop trigger if exists facets_moved on facets;
create trigger facets_moved after update on facets
    for each row when (old.artist_id <> new.artist_id) execute function row_has_artist();

drop trigger if exists artists_gone on artists;
create trigger artists_gone after delete on artists referencing old table as gone
    for each statement execute function rows_go_with_artists();
drop function if exists listens_go_with_artists();
drop trigger if exists artists_emptied on artists;
create trigger artists_emptied after truncate on artists
    for each statement execute function rows_go_with_all_artists();

set local client_min_messages to default;
