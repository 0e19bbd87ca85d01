//! What a test's own thread writes to the log.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::fmt::MakeWriter;

/// Listens, for as long as it lives, to everything that is traced on the thread that made it, one JSON object a line.
///
/// For tests whose runtime is that one thread (`#[tokio::test]`), so that tasks are heard as well.
pub struct Log {
    lines: Lines,
    _heard: DefaultGuard,
    _second: tracing::Dispatch,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Begins to listen, from `level` up.
    #[must_use]
    pub fn listen(level: LevelFilter) -> Self {
        // As long as there is one subscriber in a process, tracing asks the *thread* that comes first to a line of code whether
        // anybody wants it, and keeps the answer for all threads. Another test's thread would say no. With two it asks both.
        let second = tracing::Dispatch::new(NoSubscriber::new());
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt().json().with_max_level(level).with_writer(lines.clone()).finish();
        Self { lines, _heard: tracing::subscriber::set_default(subscriber), _second: second }
    }

    /// All that was traced up to now.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lines.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
