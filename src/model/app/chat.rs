//! The ways from a contact to other programs: the user ID for the clipboard, the chat in a browser.

use super::Dashboard;
use crate::model::event::Effect;

impl Dashboard {
    /// Copies the selected contact's user ID.
    pub(super) fn copy_id(&mut self) -> Option<Effect> {
        let user_id = self.selected_or_say()?.to_string();
        self.said = Some(format!("Copied {}.", crate::model::text::clean(&user_id)));
        Some(Effect::Copy(user_id))
    }

    /// Opens the chat with the selected contact in whatever client the person has chosen at matrix.to.
    pub(super) fn open_chat(&mut self) -> Option<Effect> {
        let url = self.selected_or_say()?.matrix_to_uri().to_string();
        self.said = Some(format!("Opening {url}"));
        Some(Effect::Open(url))
    }
}
