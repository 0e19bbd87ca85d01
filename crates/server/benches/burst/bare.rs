//! What the server is measured against: a handler that checks the signature and does one insert, durable before it says 200.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::load::SECRET;

/// Connections to PostgreSQL, as many as the server has.
const POOL: u32 = 8;

/// A table of its own in the same catalogue.
#[derive(Clone)]
enum Table {
    Sqlite(Arc<Mutex<rusqlite::Connection>>),
    Postgres(PgPool),
}

/// The handler, listening.
pub(crate) struct Bare {
    pub(crate) address: SocketAddr,
    table: Table,
    task: JoinHandle<()>,
}

/// Starts it over the catalogue at `url`.
pub(crate) async fn start(url: &str) -> Bare {
    let table = match url.strip_prefix("sqlite:") {
        Some(path) => {
            let connection = rusqlite::Connection::open(path).expect("the catalogue's file");
            connection
                .execute_batch(
                    "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 16384;
                     create table bare (id text primary key, body text not null) without rowid",
                )
                .expect("a table");
            Table::Sqlite(Arc::new(Mutex::new(connection)))
        }
        None => {
            let pool = PgPoolOptions::new().max_connections(POOL).connect(url).await.expect("the catalogue");
            sqlx::query("create table bare (id text primary key, body text not null)")
                .execute(&pool)
                .await
                .expect("a table");
            Table::Postgres(pool)
        }
    };
    let router = Router::new().route("/bare", post(receive)).with_state(table.clone());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
    Bare { address, table, task }
}

async fn receive(State(table): State<Table>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(&body);
    let given = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let hex = given.strip_prefix("sha256=").unwrap_or_default();
    let signature: Option<Vec<u8>> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect();
    if mac.verify_slice(&signature.unwrap_or_default()).is_err() {
        return StatusCode::FORBIDDEN;
    }
    let id: String = Sha256::digest(&body)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8_lossy(&body).into_owned();
    const INSERT: &str = "insert into bare (id, body) values ($1, $2) on conflict (id) do nothing";
    let stored = match table {
        Table::Sqlite(connection) => {
            let insert = move || {
                let connection = connection.lock().expect("nobody panicked");
                connection.prepare_cached(INSERT)?.execute([id, text])
            };
            tokio::task::spawn_blocking(insert).await.expect("nobody panicked").is_ok()
        }
        Table::Postgres(pool) => sqlx::query(INSERT).bind(id).bind(text).execute(&pool).await.is_ok(),
    };
    if stored { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }
}

impl Bare {
    /// How many events it stored.
    pub(crate) async fn rows(&self) -> usize {
        const COUNT: &str = "select count(*) from bare";
        let count: i64 = match &self.table {
            Table::Sqlite(connection) => {
                let connection = connection.lock().expect("nobody panicked");
                connection.query_row(COUNT, [], |row| row.get(0)).expect("a number")
            }
            Table::Postgres(pool) => sqlx::query_scalar(COUNT).fetch_one(pool).await.expect("a number"),
        };
        usize::try_from(count).expect("a count")
    }

    /// Ends it.
    pub(crate) async fn close(self) {
        self.task.abort();
        if let Table::Postgres(pool) = self.table {
            pool.close().await;
        }
    }
}
