//! How fast names become a catalogue: against the latency of the source, and against a client that stores nothing.
//!
//! `SIXPOTIFY_BENCH_POSTGRES=postgres://.. cargo bench -p sixpotify-pipeline --bench ingest [-- SECTION.. [ROUNDS]]`, the
//! sections `latency`, `usage`, `allowance`, `throughput` and `open` with three rounds unless told otherwise; `large` (100,000
//! names) only by name. The stand-in for Spotify and every measured run are processes of their own, so that processor time and
//! peak memory are those of one party, and every catalogue is a fresh one. The median of the rounds counts; the spread says
//! how noisy the machine is. Exits with 1 where a target is missed.

mod allowance;
mod open;
mod process;
mod rounds;
mod sections;
mod system;
mod work;

use std::process::ExitCode;

use sections::Setting;

/// What everything here returns.
type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Says in the first argument that this process is one of the measured parties.
const CHILD: &str = "child";

fn main() -> ExitCode {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let result = match &arguments[..] {
        [child, part] if child == CHILD => process::play(part).map(|()| true),
        arguments => measure(arguments),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the benchmark failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures the sections asked for. Whether all targets were met.
fn measure(arguments: &[String]) -> Fallible<bool> {
    let server = std::env::var("SIXPOTIFY_BENCH_POSTGRES").map_err(
        |_| "SIXPOTIFY_BENCH_POSTGRES is not set: it names a PostgreSQL server on which databases may be created",
    )?;
    let mut rounds = 3;
    let mut chosen = Vec::new();
    for argument in arguments {
        match (argument.parse::<usize>(), sections::ALL.iter().find(|section| section.name == argument)) {
            (Ok(number), _) => rounds = number.max(1),
            (_, Some(section)) => chosen.push(section),
            _ => return Err(format!("there is no section `{argument}`").into()),
        }
    }
    if chosen.is_empty() {
        chosen.extend(sections::ALL.iter().filter(|section| !section.only_by_name));
    }
    let setting = Setting { server, rounds };
    println!("{}; {rounds} rounds, median (fastest to slowest)", system::described());
    let mut met = true;
    for section in chosen {
        println!("\n{}: {}", section.name, section.what);
        met &= (section.measure)(&setting)?;
    }
    Ok(met)
}
