//! Reads what `whosin watch --json` has written as a cast.

use serde::Deserialize;

use super::{At, Line, Reader};

/// The form of the lines that this reads.
const VERSION: u32 = 1;

/// What a line of a recording tells.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    Now,
    Change,
    Connected,
    Lost,
}

impl Reader {
    /// Takes a line of a recording. Who is told of first is there from the start; what is told of them later is a
    /// change, as long after the first line as it was.
    pub(super) fn take_recorded(&mut self, r#type: Type, mut line: Line) -> Result<(), String> {
        if line.v != Some(VERSION) {
            return Err(format!("not a recording that this whosin reads, which have \"v\":{VERSION}"));
        }
        let Some(At::Time(time)) = line.at.take() else {
            return Err("a recording needs the time of each line: at".to_owned());
        };
        let start = *self.start.get_or_insert(time);
        let Some(user_id) = line.user_id.take() else { return Ok(()) };
        if line.presence.is_none() {
            // Nothing was heard, which is not the same as inactive.
            line.currently_active = None;
        }
        let displayname = line.displayname.take();
        match r#type {
            Type::Now if !self.knows(&user_id) => return self.contact(user_id, Line { displayname, ..line }),
            Type::Change if !self.knows(&user_id) => {
                self.contact(user_id.clone(), Line { displayname, ..Line::default() })?;
            }
            // A recording does not say when somebody is renamed.
            _ => {}
        }
        if line.presence.is_none() {
            return Ok(());
        }
        self.change(time.duration_since(start).as_secs_f64(), user_id, None, line)
    }
}
