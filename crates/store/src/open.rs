//! From a URL to a catalogue.

use std::sync::Arc;

use crate::location::Location;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::{Result, SharedStore};

/// What the caller wants of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only to read: a catalogue that does not exist is an error, not created.
    Read,
    /// To write: created where it does not exist.
    Write,
}

/// Opens the catalogue at `url`: `postgres://..` (or `postgresql://..`) with libpq's parameters, TLS modes included, or
/// `sqlite:path` (or `sqlite://path`; relative to the working directory, `~` is an ordinary character), where
/// `?max_page_count=N` keeps the file from growing beyond so many pages of 4 KiB.
///
/// An older catalogue is brought up to date, whatever the access. A new SQLite file gets its directories.
///
/// # Errors
/// [`StoreError::Url`](crate::StoreError::Url), [`NoCatalogue`](crate::StoreError::NoCatalogue) (only with
/// [`Access::Read`]), [`Unreachable`](crate::StoreError::Unreachable) with what the server or the system said,
/// [`NewerSchema`](crate::StoreError::NewerSchema), or what applying a migration may cost.
pub async fn open(url: &str, access: Access) -> Result<SharedStore> {
    match Location::parse(url)? {
        Location::Postgres(url) => Ok(Arc::new(Postgres::open(url, access).await?)),
        Location::Sqlite(file) => Ok(Arc::new(Sqlite::open(file, access).await?)),
    }
}
