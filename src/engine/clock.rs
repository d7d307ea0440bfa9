//! Waiting for a moment of the wall clock.

use std::{future::pending, time::Duration};

use jiff::Timestamp;
use tokio::time::sleep;

/// How long to sleep before the clock is looked at again: a sleep does not notice that the machine slept too, or that
/// its clock was set.
const NAP: Duration = Duration::from_mins(1);

/// Sleeps until a moment, for [`NAP`] at most; for ever without one.
pub async fn sleep_until(moment: Option<Timestamp>) {
    let Some(moment) = moment else { return pending().await };
    let left = moment.duration_since(Timestamp::now());
    sleep(Duration::try_from(left).unwrap_or_default().min(NAP)).await;
}
