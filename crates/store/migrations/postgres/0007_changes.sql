-- What changed since is read without a look at every artist: programs that hold all names in memory follow the catalogue by it.
-- Same index as in the SQLite file of the same name. SQL of PostgreSQL 12, no extensions.

create index artists_updated on artists (updated_at);
