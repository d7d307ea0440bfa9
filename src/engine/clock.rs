//! Sleep by the wall clock.

use std::{future::pending, time::Duration};

use jiff::Timestamp;
use tokio::time::sleep;

/// The longest single sleep. A sleep does not notice that the machine was suspended or that its clock was set.
const NAP: Duration = Duration::from_mins(1);

/// Sleeps until a time, but not longer than one minute. `None`: forever.
pub(crate) async fn sleep_until(moment: Option<Timestamp>) {
    let Some(moment) = moment else { return pending().await };
    let left = moment.duration_since(Timestamp::now());
    sleep(Duration::try_from(left).unwrap_or_default().min(NAP)).await;
}
