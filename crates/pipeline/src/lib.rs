//! The jobs: names in, facts fetched politely, stored in batches, related.
//!
//! Steps are put together here from `sources`, `store` and `similar`; what a job needs is passed in, what it has to
//! say goes to a [`Progress`] and into its report. Knows no command line and no web server.

mod encoding;
mod freshness;
mod ingest;
mod ledger;
mod names;
mod patience;
mod queries;
mod relate;
mod resolve;
mod resolver;

pub use encoding::Encoding;
pub use freshness::Freshness;
pub use ingest::{Coverage, Ingest, IngestError, IngestOptions, Listed, Outcome, Plan, Progress, Report, Snapshot};
pub use ledger::StoreLedger;
pub use names::{NameEntry, NameList, NamesError, SkippedLine};
pub use queries::{GivenAlias, GivenAliases, Queries};
pub use relate::{RelateError, RelateReport, relate};
pub use resolve::{Choice, Decision, Hit, How, choose_hit, decide};
pub use resolver::Resolver;
