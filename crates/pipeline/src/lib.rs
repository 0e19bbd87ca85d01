//! The jobs: names in, facts fetched politely, stored in batches, related.
//!
//! Steps are put together here from `sources`, `store` and `similar`; what a job needs is passed in, what it has to
//! say goes to a [`Progress`] and into its report. Knows no command line and no web server.

mod dumps;
mod encoding;
mod freshness;
mod ingest;
mod ledger;
mod names;
mod patience;
mod relate;
mod resolve;

pub use dumps::{
    DumpError, DumpOptions, DumpOutcome, DumpProgress, DumpReport, DumpSnapshot, FaultyLine, import_listenbrainz,
    import_musicbrainz,
};
pub use encoding::Encoding;
pub use freshness::Freshness;
pub use ingest::{Coverage, Ingest, IngestError, IngestOptions, Listed, Outcome, Plan, Progress, Report, Snapshot};
pub use ledger::StoreLedger;
pub use names::{NameEntry, NameList, NamesError, SkippedLine};
pub use relate::{RelateError, RelateReport, relate};
pub use resolve::{Decision, How, decide};
