//! Waiting ends with the condition, or with a panic that says what was waited for.

use std::cell::Cell;
use std::time::Duration;

use sixpotify_testkit::wait_until;

#[tokio::test]
async fn looks_until_it_holds() {
    let looks = Cell::new(0);
    wait_until("the third look", Duration::from_secs(60), async || {
        looks.set(looks.get() + 1);
        looks.get() == 3
    })
    .await;
    assert_eq!(looks.get(), 3);
}

#[tokio::test]
#[should_panic(expected = "in vain until the moon is cheese")]
async fn gives_up() {
    wait_until("the moon is cheese", Duration::ZERO, async || false).await;
}
