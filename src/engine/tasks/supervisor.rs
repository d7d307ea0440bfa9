//! A set of tasks: removes finished ones, and reports essential ones that end or panic.

use std::{collections::HashMap, future::pending};

use tokio::task::{Id, JoinError, JoinSet};

/// A set of tasks. Dropping it aborts them.
#[derive(Default)]
pub(super) struct Supervisor {
    tasks: JoinSet<()>,
    /// The names of essential tasks.
    essential: HashMap<Id, &'static str>,
}

impl Supervisor {
    /// Runs a task that may end.
    pub(super) fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Runs a task that must not end.
    pub(super) fn spawn_essential(
        &mut self,
        purpose: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let id = self.tasks.spawn(task).id();
        self.essential.insert(id, purpose);
    }

    /// Waits until an essential task ends or panics. Returns the reason. Cancel safe.
    pub(super) async fn failed(&mut self) -> String {
        loop {
            let (id, end) = match self.tasks.join_next_with_id().await {
                Some(Ok((id, ()))) => (id, None),
                Some(Err(error)) => (error.id(), Some(error)),
                // Without tasks, waits for the next one to be spawned.
                None => return pending().await,
            };
            if let Some(error) = &end {
                tracing::error!(%error, "a task has failed");
            }
            if let Some(purpose) = self.essential.remove(&id) {
                return match end {
                    Some(error) => format!("{purpose} panicked{}", words(error)),
                    None => format!("{purpose} ended"),
                };
            }
        }
    }
}

/// Returns the message of a panic.
fn words(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return String::new() };
    let words = panic.downcast_ref::<String>().cloned();
    let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
    words.map(|words| format!(" ({words})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{future::ready, time::Duration};

    use tokio::time::timeout;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn an_essential_task_that_ends_is_reported_with_what_it_was_for() {
        let mut supervisor = Supervisor::default();
        supervisor.spawn_essential("following the server", ready(()));
        assert_eq!(timeout(LONG, supervisor.failed()).await.unwrap(), "following the server ended");
    }

    #[tokio::test]
    async fn a_panic_of_an_essential_task_is_reported_with_its_words() {
        let mut supervisor = Supervisor::default();
        supervisor.spawn_essential("publishing presence", async { panic!("no {}", "luck") });
        let failed = timeout(LONG, supervisor.failed()).await.unwrap();
        assert_eq!(failed, "publishing presence panicked (no luck)");
    }

    #[tokio::test]
    async fn other_tasks_are_reaped_and_not_reported() {
        let mut supervisor = Supervisor::default();
        for _ in 0..100 {
            supervisor.spawn(ready(()));
        }
        supervisor.spawn(async { panic!("of no consequence") });
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        supervisor.spawn_essential("the last one", async move { drop(ended.await) });
        // The essential task ends only after the others were reaped: it is the last one left.
        let reaped = async {
            while supervisor.tasks.len() > 1 {
                let next = std::pin::pin!(supervisor.failed());
                let _ = timeout(Duration::from_millis(1), next).await;
            }
        };
        timeout(LONG, reaped).await.unwrap();
        drop(end);
        assert_eq!(timeout(LONG, supervisor.failed()).await.unwrap(), "the last one ended");
    }
}
