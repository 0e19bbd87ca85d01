//! The first load of a dump: while a catalogue is filled that had no artists, indexes that only readers need are left away.
//!
//! Rows go into an index one by one, in whatever order they come; made at once, it takes a tenth of the work. What has been left
//! away is slow to read by, and nothing else: keys stay. Whoever loads holds an advisory lock in a session of its own. When that is
//! gone and indexes are missing, the program was killed, and the next one that opens the catalogue to write in it makes them.

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Row as _};
use tokio::sync::Mutex;

use super::pool::Pool;
use crate::Result;

/// The key of the lock: the catalogue's own, whatever the schema.
macro_rules! lock {
    () => {
        "(('artists'::regclass::oid::bigint << 32) | 1)"
    };
}

/// The indexes, by their tables, as the migrations make them.
const INDEXES: [(&str, &[(&str, &str)]); 4] = [
    (
        "artists",
        &[
            ("artists_name", "create index if not exists artists_name on artists using hash (name)"),
            ("artists_name_key", "create index if not exists artists_name_key on artists using hash (name_key)"),
        ],
    ),
    (
        "artist_link",
        &[("artist_link_artist", "create index if not exists artist_link_artist on artist_link (artist_id)")],
    ),
    (
        "artist_alias",
        &[("artist_alias_key", "create index if not exists artist_alias_key on artist_alias using hash (alias_key)")],
    ),
    (
        "facets",
        &[(
            "facets_fetched",
            "create index if not exists facets_fetched on facets (source, facet, market, fetched_at, artist_id)
             where state = 'ok'",
        )],
    ),
];

/// What the making of an index begins with: the memory that it may take at the server, unless more is allowed there.
const SORTED_IN_MEMORY: &str = "set local client_min_messages = warning;
    select set_config('maintenance_work_mem', '192MB', true)
    where pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes('192MB')";

/// A lock was not to be had within the time for it.
const NOT_IN_TIME: &str = "55P03";

/// The account may not.
const NOT_ALLOWED: &str = "42501";

/// A load that is under way: the session that says so.
#[derive(Debug, Default)]
pub(super) struct Load(Mutex<Option<PgConnection>>);

impl Load {
    /// See [`crate::BulkStore::begin_load`].
    pub(super) async fn begin(&self, pool: &Pool) -> Result<bool> {
        let mut session = self.0.lock().await;
        if session.is_some() {
            return Ok(true);
        }
        let mut connection = pool.acquire().await?.detach();
        let begun = pool.answered(async { Ok(leave_away(&mut connection).await?) }).await?;
        if begun {
            *session = Some(connection);
        } else {
            connection.close().await?;
        }
        Ok(begun)
    }

    /// See [`crate::BulkStore::end_load`].
    pub(super) async fn end(&self, pool: &Pool) -> Result<()> {
        let mut session = self.0.lock().await;
        // Each table's on a connection of its own: the server has several processors.
        let made = INDEXES.map(|(_, indexes)| async move {
            let mut transaction = pool.begin().await?;
            sqlx::raw_sql(SORTED_IN_MEMORY).execute(&mut *transaction).await?;
            for (_, sql) in indexes {
                sqlx::raw_sql(*sql).execute(&mut *transaction).await?;
            }
            transaction.commit().await
        });
        pool.answered(async { Ok(futures_util::future::try_join_all(made).await?) }).await?;
        if let Some(session) = session.take() {
            session.close().await?;
        }
        Ok(())
    }
}

/// Leaves the indexes away where that is safe, and says whether it was: no artist is there, nobody is at the tables now, and the
/// account owns them.
async fn leave_away(connection: &mut PgConnection) -> sqlx::Result<bool> {
    if !is_true(connection, concat!("select pg_try_advisory_lock(", lock!(), ")")).await? {
        return Ok(false);
    }
    let mut transaction = connection.begin().await?;
    let left = sqlx::raw_sql(
        "set local lock_timeout = '1s';
         set local client_min_messages = warning;
         lock table artists, artist_link, artist_alias, facets in access exclusive mode;
         drop index if exists artists_name, artists_name_key, artist_link_artist, artist_alias_key, facets_fetched",
    )
    .execute(&mut *transaction)
    .await;
    match left {
        Err(error) if is_code(&error, &[NOT_IN_TIME, NOT_ALLOWED]) => return Ok(false),
        left => left?,
    };
    if is_true(&mut transaction, "select exists (select from artists)").await? {
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(true)
}

/// Makes the indexes that a load left away which was killed.
pub(super) async fn mend(connection: &mut PgConnection) -> Result<()> {
    let names: Vec<&str> = INDEXES.iter().flat_map(|(_, indexes)| indexes.iter().map(|(name, _)| *name)).collect();
    let missing = sqlx::query("select exists (select from unnest($1::text[]) name where to_regclass(name) is null)")
        .bind(names)
        .fetch_one(&mut *connection)
        .await?;
    if !missing.try_get(0)? {
        return Ok(());
    }
    match make_missing(connection).await {
        // Whose account it is that may make them will come.
        Err(error) if is_code(&error, &[NOT_ALLOWED]) => {
            tracing::warn!("indexes are missing that an import left away, and this account may not make them");
            Ok(())
        }
        made => Ok(made?),
    }
}

async fn make_missing(connection: &mut PgConnection) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    if is_true(&mut transaction, concat!("select pg_try_advisory_xact_lock(", lock!(), ")")).await? {
        tracing::info!("making indexes that an import left away which was cut off");
        sqlx::raw_sql(SORTED_IN_MEMORY).execute(&mut *transaction).await?;
        for (_, sql) in INDEXES.iter().flat_map(|(_, indexes)| *indexes) {
            sqlx::raw_sql(*sql).execute(&mut *transaction).await?;
        }
    }
    transaction.commit().await
}

fn is_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| codes.contains(&&*code))
}

async fn is_true(connection: &mut PgConnection, sql: &'static str) -> sqlx::Result<bool> {
    sqlx::query(sql).fetch_one(connection).await?.try_get(0)
}
