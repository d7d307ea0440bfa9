//! The parts of a picture that can be clicked.

use ratatui::layout::{Position, Rect};

use crate::ui::screen::Target;

/// The parts that can be clicked. A later part covers an earlier one.
#[derive(Debug, Default)]
pub struct Targets(Vec<(Rect, Target)>);

impl Targets {
    /// Adds a target.
    pub(super) fn add(&mut self, area: Rect, target: Target) {
        self.0.push((area, target));
    }

    /// Returns where a target begins.
    pub(super) fn start_of(&self, target: &Target) -> Option<Position> {
        let (area, _) = self.0.iter().rev().find(|(_, it)| it == target)?;
        (!area.is_empty()).then(|| area.as_position())
    }

    /// Returns the target at a position.
    #[must_use]
    pub fn at(&self, place: Position) -> Option<&Target> {
        self.0.iter().rev().find(|(area, _)| area.contains(place)).map(|(_, target)| target)
    }
}
