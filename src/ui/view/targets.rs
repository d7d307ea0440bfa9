//! What can be clicked, where it was drawn.

use ratatui::layout::{Position, Rect};

use crate::ui::screen::Target;

/// The parts of a picture that can be clicked, noted by whoever draws them: what lies above comes later.
#[derive(Debug, Default)]
pub struct Targets(Vec<(Rect, Target)>);

impl Targets {
    /// Notes what was drawn into an area.
    pub(super) fn add(&mut self, area: Rect, target: Target) {
        self.0.push((area, target));
    }

    /// What stands at a place.
    #[must_use]
    pub fn at(&self, place: Position) -> Option<&Target> {
        self.0.iter().rev().find(|(area, _)| area.contains(place)).map(|(_, target)| target)
    }
}
