//! The parser of recordings: reads the output of `whosin watch --json` as a cast.

use serde::Deserialize;

use super::{At, Line, Reader};

/// The version of the lines that this parser reads.
const VERSION: u32 = 1;

/// The type of a line.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    Now,
    Change,
    Connected,
    Lost,
}

impl Reader {
    /// Adds a line of a recording. The first line about a user is the state at the start. A later one is a change at
    /// the same distance from the first line of the recording.
    pub(super) fn take_recorded(&mut self, r#type: Type, mut line: Line) -> Result<(), String> {
        if line.v != Some(VERSION) {
            return Err(format!("this whosin reads recordings with \"v\":{VERSION} only"));
        }
        let Some(At::Time(time)) = line.at.take() else {
            return Err("each line of a recording needs a time: at".to_owned());
        };
        let start = *self.start.get_or_insert(time);
        let Some(user_id) = line.user_id.take() else { return Ok(()) };
        if line.presence.is_none() {
            // A silent contact is not an inactive one.
            line.currently_active = None;
        }
        let displayname = line.displayname.take();
        match r#type {
            Type::Now if !self.knows(&user_id) => return self.contact(user_id, Line { displayname, ..line }),
            Type::Change if !self.knows(&user_id) => {
                self.contact(user_id.clone(), Line { displayname, ..Line::default() })?;
            }
            // Recordings have no changes of names.
            _ => {}
        }
        if line.presence.is_none() && line.status.is_none() && line.in_call.is_none() {
            return Ok(());
        }
        self.change(time.duration_since(start).as_secs_f64(), user_id, None, line)
    }
}
