//! Waiting for something that another task or process does.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Between two looks; short, as it only bounds how late a test notices.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks again and again until `condition` holds; `what` it is appears in the panic.
///
/// # Panics
/// When it does not hold after `limit`. The limit is a safety net, not an assertion on timing: be generous.
pub async fn wait_until<F, R>(what: &str, limit: Duration, mut condition: F)
where
    F: FnMut() -> R,
    R: Future<Output = bool>,
{
    let deadline = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < deadline, "waited {limit:?} in vain until {what}");
        sleep(PAUSE).await;
    }
}
