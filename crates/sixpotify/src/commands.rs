//! One file a command. Each reads its arguments, calls the crates that do the work, and shows the result.

mod alias;
mod channel;
mod chat;
mod choose;
mod config;
mod demo;
mod doctor;
mod eval;
mod export;
mod find;
mod forget;
mod generate_docs;
mod import;
mod ingest;
mod link;
mod migrate;
mod refresh;
mod relate;
mod serve;
mod show;
mod similar;
mod status;

use clap::CommandFactory as _;

use crate::cli::{Cli, Command};
use crate::failure::{Exit, Failure};
use crate::settings::Settings;

/// Runs the command that was typed.
pub(crate) async fn run(cli: Cli) -> Result<Exit, Failure> {
    let flags: Vec<(&'static str, String)> = cli.database_url.into_iter().map(|url| ("DATABASE_URL", url)).collect();
    let settings = || Settings::load(cli.config.as_deref(), &flags, cli.demo);
    match cli.command {
        Command::Demo(args) => demo::run(&args).await,
        Command::Ingest(args) => ingest::run(&settings()?, &args).await,
        Command::Refresh(args) => refresh::run(&settings()?, &args).await,
        Command::Find(args) => find::run(&settings()?, &args).await,
        Command::Alias(command) => alias::run(&settings()?, &command).await,
        Command::Choose(args) => choose::run(&settings()?, &args).await,
        Command::Forget(args) => forget::run(&settings()?, &args).await,
        Command::Link(what) => link::run(&settings()?, &what).await,
        Command::Import(what) => import::run(&settings()?, &what).await,
        Command::Relate(args) => relate::run(&settings()?, &args).await,
        Command::Similar(args) => similar::run(&settings()?, &args).await,
        Command::Eval(args) => eval::run(&settings()?, &args).await,
        Command::Show(args) => show::run(&settings()?, &args).await,
        Command::Status(args) => status::run(&settings()?, &args).await,
        Command::Channel(command) => channel::run(&settings()?, &command).await,
        Command::Chat(args) => chat::run(&settings()?, &args).await,
        Command::Serve(args) => serve::run(&settings()?, &args).await,
        Command::Export(args) => export::run(&settings()?, &args).await,
        Command::Migrate(args) => migrate::run(&settings()?, &args).await,
        Command::Config(args) => config::run(&settings()?, &args),
        Command::Doctor(args) => doctor::run(&settings()?, &args).await,
        Command::Completions { shell } => completions(shell),
        Command::GenerateDocs { dir } => generate_docs::run(&dir),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sixpotify", &mut script);
    std::io::Write::write_all(&mut std::io::stdout(), &script)?;
    Ok(Exit::Done)
}
