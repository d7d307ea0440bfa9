//! What the screen has room for.

/// The columns from which details and log fit beside the list.
pub(super) const WIDE: u16 = 110;
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
    /// Returns the next size beside the list.
    pub(super) fn next_beside(self) -> Self {
        if self == Self::Large { Self::Off } else { Self::Large }
    }

    /// Returns the next size below the list.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Off => Self::Small,
            Self::Small => Self::Large,
            Self::Large => Self::Off,
        }
    }

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
