//! Messages that others may see instead of the one that this session sends.

use serde::{Deserialize, Serialize};

use crate::model::quirks::ServerKind;

/// The messages that are not from this session, or from before its last change.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OtherMessages {
    /// The message that another session has set, while others see it.
    adopted: Option<String>,
    /// The message that others saw before our last PUT changed it.
    replaced: Option<String>,
}

impl OtherMessages {
    /// Takes over the message of another session. `None`: that session has removed it.
    pub(super) fn adopt(&mut self, message: Option<&str>) {
        self.adopted = message.map(ToOwned::to_owned);
    }

    pub(super) fn is_adopted(&self, message: &str) -> bool {
        self.adopted.as_deref() == Some(message)
    }

    pub(super) fn is_replaced(&self, message: &str) -> bool {
        self.replaced.as_deref() == Some(message)
    }

    /// Notes that a PUT changes the message that others see. It leaves another session's message alone.
    pub(super) fn on_publish(&mut self, message: &str, seen: Option<&str>) {
        if let Some(seen) = seen.filter(|seen| *seen != message && !self.is_adopted(seen)) {
            self.replaced = Some(seen.to_owned());
        }
    }

    /// Notes that the person has chosen a message. Returns whether the adopted one may stay: only the session that has
    /// set it can clear it.
    pub(super) fn on_chosen(&mut self, server_kind: ServerKind) -> bool {
        let stays = self.adopted.take().filter(|_| server_kind.keeps_messages_apart());
        let may_stay = stays.is_some();
        self.replaced = stays.or(self.replaced.take());
        may_stay
    }

    /// Returns the message to send. Where each session has its own, a copy of another session's would outlive it.
    pub(super) fn to_send(&self, wanted: &str, server_kind: ServerKind) -> String {
        let is_others = server_kind.keeps_messages_apart() && self.is_adopted(wanted);
        if is_others { String::new() } else { wanted.to_owned() }
    }

    /// Returns whether another session has set the message that others see now, or has removed the adopted one.
    ///
    /// The message from before our PUT is nobody's news. A `/sync` may have written it back, or the server has kept it.
    pub(super) fn is_news(&self, seen: &str, wanted: &str, server_kind: ServerKind) -> bool {
        let set = !seen.is_empty() && seen != wanted && !self.is_replaced(seen);
        let removed = seen.is_empty() && self.is_adopted(wanted) && !server_kind.forgets_message();
        set || removed
    }

    /// Returns whether a `/sync` has changed the message. On some servers any client's removes it. On others one that
    /// began before our PUT writes the earlier message back.
    pub(super) fn is_wiped(&self, seen: &str, wanted: &str, server_kind: ServerKind) -> bool {
        let removed = server_kind.forgets_message() && seen.is_empty();
        let restored = server_kind.may_restore_message() && self.is_replaced(seen);
        seen != wanted && (removed || restored)
    }

    /// Makes the adopted message ours if no other session has it any more: our PUT without a message has removed it.
    /// Returns whether it did.
    pub(super) fn take_over(&mut self, seen: &str, wanted: &str, server_kind: ServerKind) -> bool {
        let is_left = seen.is_empty() && self.is_adopted(wanted) && server_kind.keeps_messages_apart();
        if is_left {
            self.adopted = None;
        }
        is_left
    }
}
