//! The settings of a tape, as far as they matter where nothing is painted.

use std::time::Duration;

use regex::Regex;

use super::word::{Word, duration, number};

#[derive(Debug)]
pub(super) struct Settings {
    font_size: u32,
    width: u32,
    height: u32,
    padding: u32,
    margin: u32,
    window_bar: bool,
    window_bar_size: u32,
    pub(super) wait_timeout: Duration,
    pub(super) wait_pattern: Regex,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            font_size: 22,
            width: 1200,
            height: 600,
            padding: 60,
            margin: 0,
            window_bar: false,
            window_bar_size: 30,
            wait_timeout: Duration::from_secs(15),
            wait_pattern: Regex::new(">$").expect("a pattern"),
        }
    }
}

impl Settings {
    /// Takes what decides about the size of the terminal and the waits; of the rest, checks only the form.
    pub(super) fn set(&mut self, name: &str, value: &Word) -> Result<(), String> {
        match name {
            "FontSize" => self.font_size = number(value)?,
            "Width" => self.width = number(value)?,
            "Height" => self.height = number(value)?,
            "Padding" => self.padding = number(value)?,
            "Margin" => self.margin = number(value)?,
            "WindowBarSize" => self.window_bar_size = number(value)?,
            "WindowBar" => {
                one_of(&["Colorful", "ColorfulRight", "Rings", "RingsRight"], value)?;
                self.window_bar = true;
            }
            "WaitTimeout" => self.wait_timeout = duration(value.text()?)?,
            "WaitPattern" => self.wait_pattern = value.pattern()?,
            "BorderRadius" | "Framerate" => drop(number(value)?),
            "TypingSpeed" => drop(duration(value.text()?)?),
            "CursorBlink" => one_of(&["true", "false"], value)?,
            // The player has no other shell.
            "Shell" => one_of(&["bash"], value)?,
            "FontFamily" | "MarginFill" | "Theme" | "PlaybackSpeed" | "LoopOffset" => drop(value.text()?),
            _ => return Err(format!("{name} is no setting that can be played")),
        }
        Ok(())
    }

    /// Rows and columns of the terminal VHS paints with its usual font; measured, not documented.
    pub(super) fn size(&self) -> Result<(u16, u16), String> {
        let edges = 2 * (self.padding + self.margin);
        let bar = if self.window_bar { self.window_bar_size } else { 0 };
        let (cell_width, cell_height) =
            ((6 * self.font_size).div_ceil(10), (132 * self.font_size + 50) / 100);
        let cells = |pixels: u32, taken: u32, cell: u32| {
            let cells = pixels.checked_sub(taken).and_then(|pixels| pixels.checked_div(cell));
            cells.and_then(|cells| u16::try_from(cells).ok()).filter(|cells| *cells > 0)
        };
        let rows = cells(self.height, edges + bar + 10, cell_height);
        let cols = cells(self.width, edges + 25, cell_width);
        rows.zip(cols).ok_or_else(|| "the picture has no room for a terminal".to_owned())
    }
}

fn one_of(preferences: &[&str], value: &Word) -> Result<(), String> {
    let chosen = value.text()?;
    if preferences.contains(&chosen) { Ok(()) } else { Err(format!("{chosen} is none of {preferences:?}")) }
}
