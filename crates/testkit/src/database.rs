//! One fresh database per test.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, process, thread};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use url::Url;

use crate::SmallDisk;

/// Names the server that tests make their databases on: a URL of any database there, as a user who may create others.
pub const TEST_POSTGRES: &str = "SIXPOTIFY_TEST_POSTGRES";

/// PostgreSQL's code for "there is a database of that name already".
const DUPLICATE_DATABASE: &str = "42P04";

/// An empty PostgreSQL database of one's own, dropped (whoever is still connected) with this value.
#[derive(Debug)]
pub struct TestDatabase {
    /// Where it is, in the form that `DATABASE_URL` takes.
    pub url: String,
    server: Url,
    name: String,
    /// Of its own; goes with it.
    tablespace: Option<String>,
}

impl TestDatabase {
    /// Makes a database on the server that the variable [`TEST_POSTGRES`] names.
    ///
    /// # Panics
    /// When the variable is unset, because a test that cannot run must not pass; and when the server refuses.
    pub async fn create() -> Self {
        match env::var(TEST_POSTGRES) {
            Ok(server) => Self::create_on(&server).await,
            Err(_) => panic!("{TEST_POSTGRES} is not set: run the tests with `cargo xtask test`"),
        }
    }

    /// Makes a database whose tables lie on `disk`, as [`Self::create`] does.
    ///
    /// # Panics
    /// As [`Self::create`], and when the server cannot use the disk, which must be on its own machine.
    pub async fn create_on_disk(disk: &SmallDisk) -> Self {
        let mut database = Self::create().await;
        let mut connection = PgConnection::connect(database.server.as_str()).await.unwrap();
        let data: (String,) = sqlx::query_as("show data_directory").fetch_one(&mut connection).await.unwrap();
        let owner = fs::metadata(&data.0).unwrap();
        let folder = disk.path().join("tables");
        fs::create_dir(&folder).unwrap();
        chown(&folder, Some(owner.uid()), Some(owner.gid())).unwrap();
        let tablespace = format!("on_{}", database.name);
        for sql in [
            format!("create tablespace {tablespace} location '{}'", folder.display()),
            format!("alter database {} set tablespace {tablespace}", database.name),
        ] {
            connection.execute(AssertSqlSafe(sql)).await.unwrap();
        }
        database.tablespace = Some(tablespace);
        database
    }

    /// Makes a database on `server`, a URL of any database there.
    ///
    /// # Panics
    /// When `server` is no URL, and when the server refuses.
    pub async fn create_on(server: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = Url::parse(server).unwrap_or_else(|error| panic!("`{server}` is not a database URL: {error}"));
        let mut connection = PgConnection::connect(server.as_str())
            .await
            .unwrap_or_else(|error| panic!("no connection to `{server}`: {error}"));
        let name = loop {
            let name = format!("t_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let create = AssertSqlSafe(format!("create database {name}"));
            match connection.execute(create).await {
                Ok(_) => break name,
                // Left by a killed process that had our number before us: take the next name.
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(DUPLICATE_DATABASE) => {}
                Err(error) => {
                    panic!("could not create the database `{name}` on `{server}`: {error}")
                }
            }
        };
        let mut url = server.clone();
        url.set_path(&name);
        Self { url: url.into(), server, name, tablespace: None }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // On a thread of its own: a runtime cannot be entered from within the test's, and a drop cannot await.
        let (server, name, tablespace) = (self.server.clone(), self.name.clone(), self.tablespace.take());
        let dropped = thread::spawn(move || drop_database(&server, &name, tablespace.as_deref())).join();
        match dropped {
            Ok(Ok(())) => {}
            // Not a failure of the test: the server is private, or may even have been stopped by the test on purpose.
            Ok(Err(error)) => eprintln!("could not drop the database `{}`: {error}", self.name),
            Err(_) => eprintln!("could not drop the database `{}`: the attempt panicked", self.name),
        }
    }
}

fn drop_database(
    server: &Url,
    name: &str,
    tablespace: Option<&str>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = PgConnection::connect(server.as_str()).await?;
        connection.execute(AssertSqlSafe(format!("drop database {name} with (force)"))).await?;
        if let Some(tablespace) = tablespace {
            connection.execute(AssertSqlSafe(format!("drop tablespace {tablespace}"))).await?;
        }
        connection.close().await?;
        Ok(())
    })
}
