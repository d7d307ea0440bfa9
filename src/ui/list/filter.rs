//! The filter: every word must match a contact's name, user ID, message or rooms. The best matches come first.

use std::cmp::{Ordering, Reverse};

use matrix_sdk::ruma::UserId;
use memchr::memmem::Finder;

use super::List;
use crate::model::{
    contacts::{Contact, Contacts},
    text::fold,
};

/// The typed filter and its matches.
#[derive(Debug, Default)]
pub(super) struct Filter {
    text: String,
    words: Vec<Word>,
    /// The matches, in the order of the screen. `None`: no filter.
    matching: Option<Vec<Match>>,
}

/// A contact that matches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub index: usize,
    score: u32,
}

/// One word of the filter.
#[derive(Debug)]
struct Word {
    /// Finds the word in lower case. For many short texts it is much faster than `str::find`, which prepares each
    /// search.
    finder: Finder<'static>,
    /// The word without accents, as names are folded.
    folded: Box<str>,
    folded_finder: Finder<'static>,
    /// Whether to search the full user ID. Otherwise only the localpart: most letters occur in the server's name.
    is_of_whole_id: bool,
    /// The rooms whose names contain the word.
    rooms: Vec<usize>,
}

/// Where a word matches. A better place outranks any better match in a worse place.
#[derive(Clone, Copy)]
enum Place {
    Scattered = 1,
    Room,
    Message,
    UserId,
    Name,
}

impl Filter {
    /// Returns the matches, or `None` without a filter.
    pub(super) fn matching(&self) -> Option<&[Match]> {
        self.matching.as_deref()
    }
}

impl List {
    /// Lists only contacts that match all words of a text, the best matches first, whatever the view is. Without words,
    /// lists the view.
    pub fn filter(&mut self, text: &str, contacts: &Contacts) {
        let before = self.filter.matching.take().filter(|_| narrows(&self.filter.text, text));
        text.clone_into(&mut self.filter.text);
        // A contact that did not match the start of a word does not match the whole.
        self.match_among(before.as_deref(), contacts);
    }

    /// Matches the whole list.
    pub(super) fn match_all(&mut self, contacts: &Contacts) {
        self.match_among(None, contacts);
    }

    fn match_among(&mut self, before: Option<&[Match]>, contacts: &Contacts) {
        // Each time, because the names of rooms may have changed.
        let words: Vec<_> =
            self.filter.text.split_whitespace().map(|word| Word::new(word, contacts)).collect();
        self.filter.words = words;
        if self.filter.words.is_empty() {
            self.filter.matching = None;
            return;
        }
        let words = &self.filter.words;
        // In the order of memory, which is much faster than the order of the list.
        let mut scores = vec![None; contacts.people().len()];
        match before {
            Some(before) => before.iter().for_each(|it| scores[it.index] = Some(0)),
            None => contacts.by_name().iter().for_each(|&index| scores[index] = Some(0)),
        }
        for (found, (user_id, contact)) in scores.iter_mut().zip(contacts.people()) {
            *found = found.and_then(|_| score(words, user_id, contact));
        }
        // Everybody is searched. Who is not listed comes after those that match as well and are.
        let others = contacts.by_name().iter().filter(|&&index| !self.is_listed(index));
        let found = self.listed.iter().chain(others);
        let found = found.filter_map(|&index| Some(Match { score: scores[index]?, index }));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|it| Reverse(it.score));
        self.filter.matching = Some(found);
    }

    /// Whether the list without its filter has a contact.
    fn is_listed(&self, index: usize) -> bool {
        self.counted.get(index).copied().flatten().is_some_and(|group| self.lists(group))
    }

    /// Compares two contacts that match equally well.
    fn compare_matches(&self, left: usize, right: usize, contacts: &Contacts) -> Ordering {
        match (self.is_listed(left), self.is_listed(right)) {
            (true, true) => self.compare(left, right, contacts),
            (false, false) => contacts.compare_names(left, right),
            (listed, other) => other.cmp(&listed),
        }
    }

    /// Removes a contact from the matches.
    pub(super) fn unmatch(&mut self, index: usize) {
        if let Some(matching) = &mut self.filter.matching {
            matching.retain(|it| it.index != index);
        }
    }

    /// Adds a contact to the matches if it matches.
    pub(super) fn match_again(&mut self, index: usize, contacts: &Contacts) {
        let Some(mut matching) = self.filter.matching.take() else { return };
        let (user_id, contact) = contacts.person(index);
        if let Some(score) = score(&self.filter.words, user_id, contact) {
            let at = matching.partition_point(|it| {
                score.cmp(&it.score).then_with(|| self.compare_matches(it.index, index, contacts)).is_lt()
            });
            matching.insert(at, Match { index, score });
        }
        self.filter.matching = Some(matching);
    }
}

impl Word {
    fn new(word: &str, contacts: &Contacts) -> Self {
        let text = word.to_lowercase();
        Self {
            is_of_whole_id: text.starts_with('@') || text.contains(':'),
            rooms: contacts.rooms().containing(&text),
            finder: Finder::new(&text).into_owned(),
            folded_finder: Finder::new(&*fold(word)).into_owned(),
            folded: fold(word),
        }
    }
}

/// Returns the score of all words, or `None` if one does not match.
fn score(words: &[Word], user_id: &UserId, contact: &Contact) -> Option<u32> {
    words.iter().try_fold(0, |sum, word| Some(sum + score_word(word, user_id, contact)?))
}

fn score_word(word: &Word, user_id: &UserId, contact: &Contact) -> Option<u32> {
    let rank = |place: Place, how_well: u32| ((place as u32) << 16) + how_well;
    let id = if word.is_of_whole_id { user_id.as_str() } else { user_id.localpart() };
    if let Some(how_well) = contains(&contact.folded_name, &word.folded_finder) {
        return Some(rank(Place::Name, how_well));
    }
    if let Some(how_well) = contains_in_any_case(id, &word.finder) {
        return Some(rank(Place::UserId, how_well));
    }
    let message = contact.heard.as_ref().and_then(|heard| heard.status_msg.as_deref());
    if let Some(how_well) = message.and_then(|message| contains_in_any_case(message, &word.finder)) {
        return Some(rank(Place::Message, how_well));
    }
    if !word.rooms.is_empty() && contact.rooms.iter().any(|room| word.rooms.contains(room)) {
        return Some(rank(Place::Room, 0));
    }
    // Only in short texts: long ones contain any letters in order.
    let by_name = scattered(&contact.folded_name, &word.folded);
    by_name.or_else(|| scattered(id, &word.folded)).map(|how_well| rank(Place::Scattered, how_well))
}

/// Returns how close the letters of a word are in a text, in order, or `None` if one is missing. It is simpler than a
/// fuzzy matcher and takes a fraction of the time for 100,000 names.
fn scattered(text: &str, word: &str) -> Option<u32> {
    let (mut start, mut end) = (None, 0);
    for letter in word.chars() {
        let at = end + text[end..].find(letter)?;
        start.get_or_insert(at);
        end = at + letter.len_utf8();
    }
    let between = end - start? - word.len();
    Some(u32::from(u16::MAX) - u32::try_from(between).unwrap_or(u32::MAX).min(u16::MAX.into()))
}

/// Whether every match of `text` is a match of `before`. A colon extends the search to the full user ID, which finds
/// more.
fn narrows(before: &str, text: &str) -> bool {
    let colons = |text: &str| text.matches(':').count();
    text.starts_with(before) && colons(text) == colons(before)
}

/// Returns how well a lower-case text contains a part: 2 at its start, 1 at the start of a word, 0 inside a word.
fn contains(text: &str, part: &Finder<'_>) -> Option<u32> {
    let at = part.find(text.as_bytes())?;
    Some(match text[..at].chars().next_back() {
        None => 2,
        Some(before) => u32::from(!before.is_alphanumeric()),
    })
}

fn contains_in_any_case(text: &str, part: &Finder<'_>) -> Option<u32> {
    let lower = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if lower { contains(text, part) } else { contains(&text.to_lowercase(), part) }
}
