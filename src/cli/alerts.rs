//! Alerts about contacts: notifications, and the `on_change` hook.

use matrix_sdk::ruma::UserId;
use tokio::select;

use super::config::Config;
use crate::{
    engine::{Client, Signal},
    host::{
        hook::{self, Hook},
        notify::{Fallback, Notifier, Via},
    },
    model::{contacts::Contact, record::Record},
};

/// What shows notifications and runs the hook of one front end.
pub(super) struct Alerts {
    notifier: Notifier,
    hook: Hook,
    /// The configuration of both.
    via: Vec<Via>,
    on_change: Vec<String>,
}

impl Alerts {
    /// Returns the configured alerts. `notifier` makes what shows the notifications.
    pub(super) fn new(config: &Config, notifier: impl FnOnce(&[Via]) -> Notifier) -> Self {
        let (via, on_change) = (config.notify.via.clone(), config.on_change.clone());
        Self { notifier: notifier(&via), hook: Hook::new(on_change.clone(), hook::LIMIT), via, on_change }
    }

    /// Follows the configuration. What is under way goes on where nothing has changed.
    pub(super) fn configure(&mut self, config: &Config, notifier: impl FnOnce(&[Via]) -> Notifier) {
        if self.via != config.notify.via {
            self.via.clone_from(&config.notify.via);
            self.notifier = notifier(&self.via);
        }
        if self.on_change != config.on_change {
            self.on_change.clone_from(&config.on_change);
            self.hook = Hook::new(self.on_change.clone(), hook::LIMIT);
        }
    }

    /// Notifies the person and runs the hook, unless another process does. Returns escape sequences for the terminal.
    pub(super) fn raise(&mut self, signals: Vec<Signal>, client: &Client) -> String {
        let mut escapes = String::new();
        if !client.has_to_notify() {
            return escapes;
        }
        for signal in signals {
            match signal {
                Signal::Notify(notice) => escapes.push_str(&self.notifier.tell(notice)),
                Signal::Changed(change) if !change.in_large_rooms_only => {
                    self.run_hook(&change.user_id, client, |contact| Record::of_change(&change, contact));
                }
                Signal::StatusChanged(change) if !change.in_large_rooms_only => {
                    self.run_hook(&change.user_id, client, |contact| {
                        Record::of_status_change(&change, contact)
                    });
                }
                // Contacts that share only large rooms do not count.
                Signal::Changed(_) | Signal::StatusChanged(_) => {}
            }
        }
        escapes
    }

    /// Runs the hook for a change of a contact.
    fn run_hook<'a>(
        &mut self,
        user_id: &UserId,
        client: &'a Client,
        record: impl FnOnce(&'a Contact) -> Record<'a>,
    ) {
        let contact = client.model().contacts().get(user_id);
        if let Some(contact) = contact.filter(|_| self.hook.is_wanted()) {
            self.hook.run(record(contact).to_string());
        }
    }

    /// Waits for an alert that fails. The sentence is for the person, and the escape sequences are for the terminal.
    pub(super) async fn failed(&mut self) -> Fallback {
        select! {
            fallback = self.notifier.fallback() => fallback,
            problem = self.hook.problem() => Fallback { escape: String::new(), problem: Some(problem) },
        }
    }
}
