//! The size of the screen, and which panes are open.

/// The columns from which details and log fit beside the list.
const WIDE: u16 = 110;
/// The columns of a list from which two contacts stand side by side.
pub const TWO: u16 = 130;

/// The size of the log below the list. On a wide screen the log is beside the list instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSize {
    /// Nothing.
    Off,
    /// A third of the rows.
    Small,
    /// Two thirds.
    Large,
}

impl LogSize {
    /// Returns the rows of the log, of this many rows.
    #[must_use]
    pub fn of(self, rows: u16) -> u16 {
        match self {
            Self::Off => 0,
            Self::Small => (rows / 3).max(4).min(rows / 2),
            Self::Large => (rows * 2 / 3).max(4).min(rows),
        }
    }
}

/// The size of the screen, and which panes are open.
#[derive(Debug)]
pub(super) struct Layout {
    /// Columns and rows.
    size: (u16, u16),
    /// Whether the person has opened the details.
    details: bool,
    log: LogSize,
}

impl Layout {
    /// Returns the layout of a screen with this many columns and rows.
    pub(super) fn new(size: (u16, u16)) -> Self {
        Self { size, details: false, log: LogSize::Off }
    }

    /// Returns the columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Sets the columns and rows.
    pub(super) fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
    }

    /// Returns whether details and log fit beside the list.
    pub(super) fn is_wide(&self) -> bool {
        self.size.0 >= WIDE
    }

    /// Returns the most rows of the list that can be on screen.
    pub(super) fn most_rows(&self) -> usize {
        usize::from(self.size.1) * if self.size.0 >= TWO { 2 } else { 1 }
    }

    /// Returns the rows of half a screen.
    pub(super) fn half(&self) -> isize {
        isize::try_from(self.size.1 / 2).unwrap_or(1)
    }

    /// Returns whether the person has opened the details.
    pub(super) fn has_details(&self) -> bool {
        self.details
    }

    /// Opens the details.
    pub(super) fn open_details(&mut self) {
        self.details = true;
    }

    /// Closes the details.
    pub(super) fn close_details(&mut self) {
        self.details = false;
    }

    /// Closes the details if they cover the list.
    pub(super) fn uncover_list(&mut self) {
        self.details &= self.is_wide();
    }

    /// Returns the size of the log.
    pub(super) fn log(&self) -> LogSize {
        self.log
    }

    /// Sets the size of the log.
    pub(super) fn set_log(&mut self, log: LogSize) {
        self.log = log;
    }

    /// Shows more of the log, or hides it. Beside the list it takes all the room, or a part of it.
    pub(super) fn turn_log(&mut self) {
        self.log = match self.log {
            LogSize::Off if !self.is_wide() => LogSize::Small,
            LogSize::Off | LogSize::Small => LogSize::Large,
            LogSize::Large => LogSize::Off,
        };
    }
}
