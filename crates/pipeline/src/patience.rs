//! A catalogue that is away for a moment (a restart, a fail-over) is waited for.

use std::time::Duration;

use sixpotify_store::StoreError;
use tokio::time::sleep;

/// Pauses before it is asked again; half a minute in all.
const PAUSES: [Duration; 6] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
];

/// Does `work`, and again while the catalogue is not available. Everything asked of a store may be asked twice.
pub(crate) async fn patiently<T, F>(mut work: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    for pause in PAUSES {
        match work().await {
            Err(StoreError::Unavailable(error)) => {
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                tracing::warn!(%error, pause_ms, "the catalogue is not available");
                sleep(pause).await;
            }
            other => return other,
        }
    }
    work().await
}
