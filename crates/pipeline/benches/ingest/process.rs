//! The parties of a measurement as processes: this program starts itself again and plays a part.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use open_sim::{OpenSim, Service};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use spotify_sim::{Config, Sim, Stats};

use crate::work::{Figures, Task};
use crate::{CHILD, Fallible, open, system, work};

/// What a process of ours is for.
#[derive(Serialize, Deserialize)]
enum Part {
    /// The stand-in for Spotify, until its standard input ends.
    Source(Box<Config>),
    /// One measured run.
    Run(Task),
    /// The stand-ins for the open sources, until its standard input ends.
    OpenSources(Box<open_sim::Config>),
    /// One measured run over them.
    OpenRun(open::Task),
}

/// Where a stand-in is.
#[derive(Serialize, Deserialize)]
struct Address {
    api_url: String,
    token_url: String,
}

/// What a stand-in says at its end.
#[derive(Serialize, Deserialize)]
pub(crate) struct Served {
    /// What was asked of it.
    pub(crate) stats: Stats,
    /// Processor seconds that it used; `None` where the system does not tell.
    pub(crate) processor: Option<f64>,
}

/// Plays the part that the parent gave to this process, and prints what came of it as JSON.
pub(crate) fn play(part: &str) -> Fallible<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    match serde_json::from_str(part)? {
        Part::OpenRun(task) => say(&runtime.block_on(open::perform(&task))?),
        Part::OpenSources(config) => {
            let sim = runtime.block_on(OpenSim::start(([127, 0, 0, 1], 0).into(), *config))?;
            let urls: BTreeMap<Service, String> = Service::ALL.into_iter().map(|s| (s, sim.url(s))).collect();
            say(&urls)?;
            std::io::stdin().read_to_end(&mut Vec::new())?;
            say(&sim.stats())
        }
        Part::Run(task) => say(&runtime.block_on(work::perform(&task))?),
        Part::Source(config) => {
            let sim = runtime.block_on(Sim::start(([127, 0, 0, 1], 0).into(), *config))?;
            say(&Address { api_url: sim.api_url(), token_url: sim.token_url() })?;
            // Ends when the parent wants it to, and also when the parent is no more.
            std::io::stdin().read_to_end(&mut Vec::new())?;
            say(&Served { stats: sim.stats(), processor: system::own_processor_time() })
        }
    }
}

fn say(what: &impl Serialize) -> Fallible<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(what)?)?;
    Ok(out.flush()?)
}

/// A process that plays a part.
struct Party {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Party {
    fn start(part: &Part) -> Fallible<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([CHILD, &serde_json::to_string(part)?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().ok_or("the child has no output")?);
        Ok(Self { child, input, output })
    }

    /// The next thing that it says.
    fn hear<T: DeserializeOwned>(&mut self) -> Fallible<T> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        if line.is_empty() {
            return Err(format!("a process of the measurement ended early ({})", self.child.wait()?).into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        self.input.take();
        if let Err(error) = self.child.wait() {
            eprintln!("a process of the measurement was lost: {error}");
        }
    }
}

/// A stand-in that runs.
pub(crate) struct Source {
    party: Party,
    address: Address,
}

impl Source {
    /// Starts one.
    pub(crate) fn start(config: &Config) -> Fallible<Self> {
        let mut party = Party::start(&Part::Source(Box::new(config.clone())))?;
        let address = party.hear()?;
        Ok(Self { party, address })
    }

    /// Ends it.
    pub(crate) fn end(mut self) -> Fallible<Served> {
        self.party.input.take();
        self.party.hear()
    }
}

/// Starts stand-ins for the open sources, performs `task` against them, ends both.
pub(crate) fn measure_open(
    config: &open_sim::Config,
    mut task: open::Task,
) -> Fallible<(open::Figures, open_sim::Stats)> {
    let mut sources = Party::start(&Part::OpenSources(Box::new(config.clone())))?;
    task.urls = sources.hear()?;
    let run = Party::start(&Part::OpenRun(task))?.hear()?;
    sources.input.take();
    Ok((run, sources.hear()?))
}

/// One run against a stand-in of its own.
pub(crate) struct Measured {
    /// The run.
    pub(crate) run: Figures,
    /// The stand-in.
    pub(crate) source: Served,
    /// Processor seconds of everybody else on the machine meanwhile, the database server first of all.
    pub(crate) others: Option<f64>,
}

/// Starts a stand-in, performs `task` against it, ends both.
pub(crate) fn measure(config: &Config, mut task: Task) -> Fallible<Measured> {
    let source = Source::start(config)?;
    task.api_url.clone_from(&source.address.api_url);
    task.token_url.clone_from(&source.address.token_url);
    let before = system::machine_processor_time();
    let run: Figures = Party::start(&Part::Run(task))?.hear()?;
    let after = system::machine_processor_time();
    let source = source.end()?;
    let others = (|| Some((after? - before? - run.processor? - source.processor?).max(0.0)))();
    Ok(Measured { run, source, others })
}
