//! The rows of the list: what filters them, which of them are in sight, and the selected contact.

use std::ops::Range;

use matrix_sdk::ruma::{OwnedUserId, UserId};

use super::Preferences;
use crate::{
    model::{
        Model,
        contacts::{Contact, Contacts, Group},
        preferences::ListPreferences,
    },
    ui::list::{Heading, List, Sort, View},
};

/// A visible row.
#[derive(Debug)]
pub enum Row<'a> {
    /// The heading of a group, and the number of rows below it.
    Heading(Heading, usize),
    /// A contact.
    Contact(&'a UserId, &'a Contact),
}

/// The rows of the list.
#[derive(Debug)]
pub(super) struct Rows {
    list: List,
    /// The filter of the list. Empty: no filter.
    filter: String,
    /// The selected contact. It stays selected when rows move.
    selected: Option<OwnedUserId>,
    /// The find that is going on.
    find: Find,
    /// Whether the first view still depends on who is there.
    first_view: FirstView,
}

/// A find by the filter, and who was selected before it.
#[derive(Debug, Default)]
enum Find {
    /// There is none.
    #[default]
    Over,
    /// The filter is being typed.
    Typed(Option<OwnedUserId>),
    /// The person wants the first match, and nobody has matched yet.
    Awaited(Option<OwnedUserId>),
}

/// Whether the first view still depends on who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FirstView {
    /// It is the configured one.
    Configured,
    /// It is the one that was left.
    Left,
    /// Another one has opened by itself.
    Opened,
    Chosen,
}

/// What keys change that turn out to be the letters of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrangement {
    sort: Sort,
    listed: [bool; Group::COUNT],
    selected: Option<OwnedUserId>,
}

/// The groups of the list.
struct Parts {
    headings: Vec<Part>,
}

/// A group of the list.
struct Part {
    /// The line of the heading.
    line: usize,
    /// The first row.
    first: usize,
    heading: Heading,
    rows: usize,
}

impl Find {
    /// Ends the find. Returns who was selected before it.
    fn before(&mut self) -> Option<OwnedUserId> {
        match std::mem::take(self) {
            Self::Typed(before) | Self::Awaited(before) => before,
            Self::Over => None,
        }
    }
}

impl Rows {
    /// Returns the rows of a list that starts as it was left, with the configured view if there is one.
    pub(super) fn new(preferences: &Preferences, model: &Model) -> Self {
        let mut list = List::new(preferences.view.unwrap_or_default(), &preferences.rooms);
        list.refresh(model.contacts());
        list.restore(&model.preferences().list, preferences.view, model.contacts());
        let first_view = preferences.view.map_or(FirstView::Left, |_| FirstView::Configured);
        Self { list, filter: String::new(), selected: None, find: Find::Over, first_view }
    }

    /// Lists the contacts of another model. What the person has chosen stays.
    pub(super) fn start_over(&mut self, contacts: &Contacts) {
        self.list.start_over(contacts);
    }

    /// Changes the rooms and spaces that have a view.
    pub(super) fn set_rooms(&mut self, rooms: &[String], model: &Model) {
        self.list.set_rooms(rooms, model.contacts());
    }

    /// Follows the contacts. Selects the match that a find has waited for: a person can be faster than the first
    /// answer of the server.
    pub(super) fn refresh(&mut self, model: &Model) {
        self.list.refresh(model.contacts());
        if matches!(self.find, Find::Awaited(_)) {
            self.keep_filter(model);
        }
    }

    /// Returns the list.
    pub(super) fn list(&self) -> &List {
        &self.list
    }

    /// Returns the filter. Empty: no filter.
    pub(super) fn filter(&self) -> &str {
        &self.filter
    }

    /// Returns the selected contact.
    pub(super) fn selected(&self) -> Option<&UserId> {
        self.selected.as_deref()
    }

    /// Returns the rows that fit into a height: around the selected contact, or from the first row.
    pub(super) fn in_sight<'a>(
        &'a self,
        model: &'a Model,
        height: usize,
    ) -> impl Iterator<Item = Row<'a>> + use<'a> {
        let parts = self.parts(model);
        self.window(&parts, model, height).filter_map(move |line| match parts.at(line) {
            Ok(part) => Some(Row::Heading(part.heading.clone(), part.rows)),
            Err(row) => {
                let (user_id, contact) = self.list.at(row, model.contacts())?;
                Some(Row::Contact(user_id, contact))
            }
        })
    }

    /// Returns the contacts of the rows that fit into a height, the selected one first, in a row or not.
    pub(super) fn contacts_in_sight<'a>(
        &'a self,
        model: &'a Model,
        height: usize,
    ) -> impl Iterator<Item = &'a UserId> + use<'a> {
        let selected = self.selected();
        let listed = self.in_sight(model, height).filter_map(move |row| match row {
            Row::Contact(user_id, _) => Some(user_id).filter(|&user_id| Some(user_id) != selected),
            Row::Heading(..) => None,
        });
        selected.into_iter().chain(listed)
    }

    /// Returns the number of contacts below the visible rows.
    pub(super) fn below(&self, model: &Model, height: usize) -> usize {
        let parts = self.parts(model);
        let end = self.window(&parts, model, height).end;
        let headings = parts.headings.iter().filter(|part| part.line < end).count();
        self.list.len() - (end - headings)
    }

    /// Returns the row of the selected contact, if it is listed.
    pub(super) fn selected_row(&self, model: &Model) -> Option<usize> {
        self.selected.as_ref().and_then(|user_id| self.list.row_of(user_id, model.contacts()))
    }

    /// Selects a contact, in a row or not.
    pub(super) fn select(&mut self, user_id: OwnedUserId) {
        (self.selected, self.find) = (Some(user_id), Find::Over);
    }

    /// Selects the first contact, unless a listed one is selected.
    pub(super) fn select_first(&mut self, model: &Model) {
        if self.selected_row(model).is_none() {
            self.select_row(0, model);
        }
    }

    /// Selects nobody.
    pub(super) fn unselect(&mut self) {
        (self.selected, self.find) = (None, Find::Over);
    }

    /// Moves the selection by this many rows.
    pub(super) fn scroll(&mut self, rows: isize, model: &Model) {
        let last = self.list.len().saturating_sub(1);
        let row = match self.selected_row(model) {
            Some(row) => row.saturating_add_signed(rows).min(last),
            None if rows == isize::MAX => last,
            None => 0,
        };
        self.select_row(row, model);
    }

    /// Filters the list by what is being typed. Selects nobody, because Enter selects the first match.
    pub(super) fn filter_by(&mut self, filter: &str, model: &Model) {
        if self.filter == filter {
            return;
        }
        let selected = self.selected.take();
        self.find = Find::Typed(self.find.before().or(selected));
        filter.clone_into(&mut self.filter);
        self.list.filter(&self.filter, model.contacts());
    }

    /// Keeps the filter, and selects the first match if nobody is selected.
    pub(super) fn keep_filter(&mut self, model: &Model) {
        if self.filter.is_empty() {
            self.clear_filter(model);
        } else if self.list.is_empty() {
            self.find = Find::Awaited(self.find.before());
        } else {
            self.find = Find::Over;
            self.select_first(model);
        }
    }

    /// Ends the filter. Selects again who was selected before it was typed.
    pub(super) fn clear_filter(&mut self, model: &Model) {
        self.selected = self.selected.take().or(self.find.before());
        self.filter.clear();
        self.list.filter("", model.contacts());
    }

    /// Returns how the list is, for the next start. A view that has opened by itself was not chosen.
    pub(super) fn preferences(&self) -> ListPreferences {
        let mut preferences = self.list.preferences();
        if self.first_view == FirstView::Opened {
            View::default().name().clone_into(&mut preferences.view);
        }
        preferences
    }

    /// Changes the view.
    pub(super) fn show(&mut self, view: View, model: &Model) {
        self.first_view = FirstView::Chosen;
        self.list.show(view, model.contacts());
    }

    /// Shows the view of a room, which gets one if it has none. Returns how the configuration names a room that had
    /// none.
    pub(super) fn show_room(&mut self, room: usize, model: &Model) -> Option<String> {
        self.first_view = FirstView::Chosen;
        self.list.show_room(room, model.contacts())
    }

    /// Changes the view to the one this many places further on.
    pub(super) fn turn_view(&mut self, steps: isize, model: &Model) {
        let views: Vec<View> = self.list.views().collect();
        let shown = views.iter().position(|view| *view == self.list.view()).unwrap_or_default();
        let next = (shown.cast_signed() + steps).rem_euclid(views.len().cast_signed());
        self.show(views[next.cast_unsigned()], model);
    }

    /// Shows people at the start if the view that was left has nobody, and everyone if all shared rooms are large.
    /// Returns whether it shows everyone.
    pub(super) fn open_everyone(&mut self, model: &Model) -> bool {
        let first = self.first_view;
        if matches!(first, FirstView::Opened | FirstView::Chosen) {
            return false;
        }
        self.first_view = FirstView::Chosen;
        if !self.has_nobody() || model.contacts().total() == 0 {
            return false;
        }
        if first == FirstView::Left && self.list.view() != View::People {
            self.show(View::People, model);
            self.first_view = FirstView::Opened;
        }
        let opens = self.has_nobody() && self.list.view() == View::People;
        if opens {
            self.show(View::Everyone, model);
            self.first_view = FirstView::Opened;
        }
        opens
    }

    /// Returns whether nobody is in the view, listed or left out.
    fn has_nobody(&self) -> bool {
        self.list.counts().all(|(_, count)| count == 0)
    }

    /// Lists some groups, or hides them if one of them is listed.
    pub(super) fn toggle(&mut self, groups: &[Group], model: &Model) {
        self.list.toggle(groups, model.contacts());
    }

    /// Sorts the list by the next criterion.
    pub(super) fn sort_by_next(&mut self, model: &Model) {
        self.list.sort_by(self.list.sort().next(), model.contacts());
    }

    /// Returns the order, the listed groups and the selected contact.
    pub(super) fn arrangement(&self) -> Arrangement {
        Arrangement {
            sort: self.list.sort(),
            listed: Group::ALL.map(|group| self.list.lists(group)),
            selected: self.selected.clone(),
        }
    }

    /// Returns to an order, the listed groups and a selected contact.
    pub(super) fn rearrange(&mut self, arrangement: Arrangement, model: &Model) {
        for (group, listed) in Group::ALL.into_iter().zip(arrangement.listed) {
            if self.list.lists(group) != listed {
                self.list.toggle(&[group], model.contacts());
            }
        }
        self.list.sort_by(arrangement.sort, model.contacts());
        self.selected = arrangement.selected;
    }

    fn select_row(&mut self, row: usize, model: &Model) {
        self.find = Find::Over;
        self.selected = self.list.at(row, model.contacts()).map(|(user_id, _)| user_id.to_owned());
    }

    fn window(&self, parts: &Parts, model: &Model, height: usize) -> Range<usize> {
        let selected = self.selected_row(model).map_or(0, |row| parts.line_of(row));
        let len = self.list.len() + parts.headings.len();
        let top = selected.saturating_sub(height / 2).min(len.saturating_sub(height));
        top..len.min(top + height)
    }

    fn parts(&self, model: &Model) -> Parts {
        let mut headings: Vec<Part> = Vec::new();
        let mut first = 0;
        for (heading, rows) in self.list.headings(model.contacts()) {
            headings.push(Part { line: first + headings.len(), first, heading, rows });
            first += rows;
        }
        Parts { headings }
    }
}

impl Parts {
    /// Returns the group whose heading is in a line, or the row of the contact in it.
    fn at(&self, line: usize) -> Result<&Part, usize> {
        let above = self.headings.partition_point(|part| part.line <= line);
        match above.checked_sub(1).map(|last| &self.headings[last]) {
            Some(part) if part.line == line => Ok(part),
            _ => Err(line - above),
        }
    }

    fn line_of(&self, row: usize) -> usize {
        row + self.headings.partition_point(|part| part.first <= row)
    }
}
