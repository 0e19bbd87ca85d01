//! What can go wrong with a catalogue, by what the caller can do about it.

/// An error of the store. Texts never hold a password.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is not one that a catalogue can have.
    #[error("`{url}` is not a database URL: {reason}")]
    Url {
        /// The URL without its password.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no catalogue there yet, and the caller only wants to read.
    #[error("there is no catalogue at `{location}` yet")]
    NoCatalogue {
        /// Where it was looked for.
        location: String,
    },
    /// The server does not answer, or does not let us in.
    #[error("cannot open the catalogue at `{location}`: {reason}")]
    Unreachable {
        /// Where it was looked for.
        location: String,
        /// What the database or the system said.
        reason: String,
    },
    /// The catalogue was written by a newer program.
    #[error("the catalogue at `{location}` has schema version {found}, this program knows up to {known}")]
    NewerSchema {
        /// Where it is.
        location: String,
        /// Its version.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// Another process writes to the catalogue, and only one may.
    #[error("another sixpotify writes to the catalogue at `{location}`{}", pid.map_or_else(String::new, |pid| format!(" (process {pid})")))]
    Busy {
        /// Where it is.
        location: String,
        /// The other process, where it says so.
        pid: Option<u32>,
    },
    /// The connection was lost or the database is busy: the call may be made again. Nothing of it was written, unless the
    /// connection broke while the end of the transaction was being confirmed; then all of it may have been, and a batch
    /// that is written again does no harm.
    #[error("the catalogue is not available: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No space left: nothing of the call was written.
    #[error("the catalogue has no space left: {0}")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else.
    #[error("the catalogue failed: {0}")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}
