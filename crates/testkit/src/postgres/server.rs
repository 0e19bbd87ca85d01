//! Makes, steers and removes one server.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::account::Account;
use super::error::{PostgresError, Result};
use super::guardian::Guardian;
use super::installation::Installation;
use crate::scratch::fresh_dir;

/// The superuser of every private server; it needs no password.
const SUPERUSER: &str = "sixpotify";
/// A port that was free a moment ago may be taken by the time the server binds it.
const PORT_ATTEMPTS: u32 = 5;
/// Seconds that `pg_ctl` waits for a start or a stop; crash recovery on a slow disk is the longest of them.
const PATIENCE_S: &str = "120";
/// Lines of the server's log that an error message carries.
const LOG_TAIL_LINES: usize = 20;

/// Sessions with a database, those that wait for a client to say something left out.
const ACTIVITY: &str = "
    select pid, datname, state, wait_event_type, wait_event, pg_blocking_pids(pid) as blocked_by,
        now() - state_change as since, left(regexp_replace(query, '\\s+', ' ', 'g'), 120) as query
    from pg_stat_activity where datname is not null and state is distinct from 'idle' order by state_change";

/// What a power failure may cost. Private servers live minutes, so tests need not wait for disks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// No `fsync`, no full page images: for tests. Survives [`PrivatePostgres::kill`], not a power failure.
    Relaxed,
    /// As a server comes out of the box: for measuring.
    Full,
}

/// A running server with a fresh data directory (UTF-8, C locale, no passwords), on a free port of 127.0.0.1 only.
///
/// Dropping it stops the server at once and removes its directory. So does the end of the process that holds it: after a
/// normal exit, a panic, Ctrl-C or SIGKILL alike, because a guardian process watches the owner (see its module). As root,
/// server and data belong to the user `postgres`, or else `nobody`.
///
/// The methods block for up to some seconds.
#[derive(Debug)]
pub struct PrivatePostgres {
    installation: Installation,
    account: Account,
    dir: PathBuf,
    port: u16,
    _guardian: Guardian,
}

impl PrivatePostgres {
    /// A server for tests: [`Durability::Relaxed`].
    ///
    /// # Errors
    /// As for [`Self::start_with`].
    pub fn start() -> Result<Self> {
        Self::start_with(Durability::Relaxed)
    }

    /// Makes and starts a server; takes one to three seconds.
    ///
    /// # Errors
    /// [`PostgresError::NotInstalled`] when there are no server programs, [`PostgresError::Other`] with the end of the
    /// server's log for everything else.
    pub fn start_with(durability: Durability) -> Result<Self> {
        let installation = Installation::find().ok_or(PostgresError::NotInstalled)?;
        let dir = fresh_dir("sixpotify-postgres").map_err(PostgresError::io("make a directory for PostgreSQL"))?;
        // First of all, so that whatever happens from here on leaves nothing behind.
        let guardian = Guardian::watch(&dir).map_err(PostgresError::io("start the guardian of PostgreSQL"))?;
        let account = Account::owning(&dir)?;
        let mut server = Self { installation, account, dir, port: 0, _guardian: guardian };
        server.initdb(durability)?;
        server.start_on_a_free_port()?;
        Ok(server)
    }

    /// A connection URL for the database `db`, as the superuser: `postgres://user@127.0.0.1:port/db`. The database
    /// `postgres` exists from the start.
    #[must_use]
    pub fn url(&self, db: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{db}", self.port)
    }

    /// The server's log, for a look while it lives.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    /// Stops in an orderly way, ending every session, and starts again on the same port with the same data.
    ///
    /// # Errors
    /// When the server was not running or does not come back.
    pub fn restart(&self) -> Result<()> {
        self.stop()?;
        self.resume()
    }

    /// Stops in an orderly way, ending every session; the data stay. See [`Self::resume`].
    ///
    /// # Errors
    /// When the server was not running or does not stop.
    pub fn stop(&self) -> Result<()> {
        self.pg_ctl("stop PostgreSQL", &["stop", "--mode=fast"])
    }

    /// Ends every server process at once, as a crash would; what was not committed is gone when it resumes.
    ///
    /// # Errors
    /// When the server was not running or does not die.
    pub fn kill(&self) -> Result<()> {
        self.pg_ctl("kill PostgreSQL", &["stop", "--mode=immediate"])
    }

    /// Starts a stopped or killed server again, on the same port with the same data.
    ///
    /// # Errors
    /// When it does not come up, for instance because somebody has taken its port meanwhile.
    pub fn resume(&self) -> Result<()> {
        let log = self.log();
        let log = log.to_string_lossy();
        self.pg_ctl("start PostgreSQL", &["start", "--log", &log])
    }

    /// What its sessions do or wait for, as a table: for a person who looks for what hangs.
    ///
    /// # Errors
    /// When the server does not answer within ten seconds, or there is no `psql`.
    pub fn activity(&self) -> Result<String> {
        let doing = "ask PostgreSQL what its sessions do";
        let mut psql = self.command("psql");
        psql.env("PGCONNECT_TIMEOUT", "10").env("PGOPTIONS", "-c statement_timeout=10s");
        psql.args(["--no-psqlrc", "--dbname", &self.url("postgres"), "--command", ACTIVITY]);
        let output = psql.output().map_err(PostgresError::io(doing))?;
        if !output.status.success() {
            return Err(PostgresError::other(doing, String::from_utf8_lossy(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn initdb(&self, durability: Durability) -> Result<()> {
        // The first program that runs as the other user: a directory that this user cannot enter shows here.
        let doing = format!("create a PostgreSQL data directory in `{}` as {}", self.dir.display(), self.account);
        let mut command = self.command("initdb");
        command.args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--username", SUPERUSER]);
        command.arg("--pgdata").arg(self.data());
        let output = command.output().map_err(PostgresError::io(&doing))?;
        if !output.status.success() {
            return Err(PostgresError::other(doing, String::from_utf8_lossy(&output.stderr)));
        }
        self.configure(&configuration(durability))
    }

    fn start_on_a_free_port(&mut self) -> Result<()> {
        let mut attempt = 1;
        loop {
            self.port = free_port()?;
            self.configure(&format!("port = {}\n", self.port))?;
            match self.resume() {
                Err(error) if attempt < PORT_ATTEMPTS && self.port_was_taken() => {
                    eprintln!("port {} was taken, trying another one: {error}", self.port);
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Whether the log speaks of a failed bind on this very port. A log that cannot be read does not.
    fn port_was_taken(&self) -> bool {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let hint = format!("port {}", self.port);
        log.contains("could not create any TCP/IP sockets") && log.contains(&hint)
    }

    /// Adds lines to the configuration; a later line beats an earlier one.
    fn configure(&self, lines: &str) -> Result<()> {
        let path = self.data().join("postgresql.conf");
        OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(lines.as_bytes()))
            .map_err(PostgresError::io(format!("write `{}`", path.display())))
    }

    fn pg_ctl(&self, doing: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.command("pg_ctl");
        command.args(arguments).args(["--wait", "--silent", "--timeout", PATIENCE_S]);
        command.arg("--pgdata").arg(self.data());
        // Not a pipe: the server that `pg_ctl` leaves running would hold it open.
        let log = self.dir.join("pg_ctl.log");
        let output = fs::File::create(&log).map_err(PostgresError::io(doing))?;
        let errors = output.try_clone().map_err(PostgresError::io(doing))?;
        let status = command.stdout(output).stderr(errors).status().map_err(PostgresError::io(doing))?;
        if status.success() {
            return Ok(());
        }
        Err(PostgresError::other(doing, format!("{}{}", tail(&log), tail(&self.log()))))
    }

    /// One of the server programs, run as the server's user, in a place that this user may be in.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.installation.program(program));
        command.current_dir(&self.dir).stdin(Stdio::null()).env("LC_ALL", "C");
        // A caller's own settings for PostgreSQL (`PGPORT`, `PGDATA` ..) are about another server.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        self.account.runs(&mut command);
        command
    }
}

fn configuration(durability: Durability) -> String {
    let mut lines = String::from(
        "listen_addresses = '127.0.0.1'\n\
         # No Unix sockets: nothing outside the directory, and no limit on the length of its path.\n\
         unix_socket_directories = ''\n\
         # Every test holds a pool of its own.\n\
         max_connections = 300\n\
         timezone = 'UTC'\n",
    );
    match durability {
        Durability::Relaxed => lines.push_str("fsync = off\nfull_page_writes = off\n"),
        Durability::Full => {}
    }
    lines
}

fn free_port() -> Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(PostgresError::io("find a free port"))
}

/// The last lines of a log. Part of another error's text, so a log that cannot be read is only mentioned.
fn tail(log: &Path) -> String {
    match fs::read_to_string(log) {
        Ok(text) => {
            let lines: Vec<&str> = text.lines().collect();
            let from = lines.len().saturating_sub(LOG_TAIL_LINES);
            lines[from..].iter().map(|line| format!("\n{line}")).collect()
        }
        Err(error) => format!("\n(no `{}`: {error})", log.display()),
    }
}
