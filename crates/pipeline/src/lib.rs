//! The jobs: names in, facts fetched politely, stored in batches, related.
//!
//! Steps are put together here from `sources`, `store` and `similar`; what a job needs is passed in, what it has to
//! say goes to a [`Progress`] and into its report. Knows no command line and no web server.

mod dumps;
mod encoding;
mod evaluate;
mod freshness;
mod import;
mod ingest;
mod ledger;
mod names;
mod nearest;
mod patience;
mod queries;
mod relate;
mod resolve;
mod resolver;
mod signals;
mod songs;

pub use dumps::{
    DumpError, DumpOptions, DumpOutcome, DumpProgress, DumpReport, DumpSnapshot, FaultyLine, Vanished,
    import_listenbrainz, import_musicbrainz,
};
pub use encoding::Encoding;
pub use evaluate::{
    EvaluateError, EvaluateOptions, EvaluateReport, Interval, ProtocolReport, RankerScores, Skipped, evaluate,
};
pub use freshness::Freshness;
pub use import::{
    FileReport, ImportError, ImportOptions, ImportReport, Kind, Problem, Table, TableError, import as import_tables,
};
pub use ingest::{
    Beside, Coverage, Ingest, IngestError, IngestOptions, Listed, NotThere, OpenIngest, OpenOptions, OpenPlan,
    OpenSources, Order, Outcome, Plan, Progress, Report, SPOTIFY_FACETS, Snapshot, SourceReport,
};
pub use ledger::StoreLedger;
pub use names::{NameEntry, NameList, NamesError, SkippedLine};
pub use nearest::{Nearest, nearest};
pub use queries::{GivenAlias, GivenAliases, Queries};
pub use relate::{RelateError, RelateOptions, RelateReport, relate, relate_one, stored_ranking};
pub use resolve::{Choice, Decision, Hit, How, choose_hit, decide};
pub use resolver::Resolver;
pub use signals::{Signals, Sources};
pub use songs::{Found, SongFacts, Songs};
