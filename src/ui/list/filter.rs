//! The filter: words that each must be found in somebody's name, user ID, message or rooms, the best finds first.

use std::cmp::Reverse;

use matrix_sdk::ruma::UserId;
use memchr::memmem::Finder;

use super::List;
use crate::model::{
    contacts::{Contact, Contacts},
    text::fold,
};

/// What is looked for, and who was found.
#[derive(Debug, Default)]
pub(super) struct Filter {
    text: String,
    words: Vec<Word>,
    /// Whoever was found, in the order of the screen; `None` without a filter.
    matching: Option<Vec<Match>>,
}

/// Somebody who was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    pub index: usize,
    score: u32,
}

/// One word of what was typed.
#[derive(Debug)]
struct Word {
    /// Finds it, in lower case: far quicker for many short texts than `str::find`, which prepares itself for each.
    finder: Finder<'static>,
    /// The same word as names are folded: without accents.
    folded: Box<str>,
    folded_finder: Finder<'static>,
    /// The server's name would match half the list for most letters.
    is_of_whole_id: bool,
    /// The rooms whose names contain it.
    rooms: Vec<usize>,
}

/// How good a find is by where the word stands, apart from how well; each is worth more than all before it.
#[derive(Clone, Copy)]
enum Place {
    Scattered = 1,
    Room,
    Message,
    UserId,
    Name,
}

impl Filter {
    /// Who was found; `None` without a filter.
    pub(super) fn matching(&self) -> Option<&[Match]> {
        self.matching.as_deref()
    }
}

impl List {
    /// Shows only those who match all words of a text, the best matches first; everybody, when there are none.
    pub fn filter(&mut self, text: &str, contacts: &Contacts) {
        let before = self.filter.matching.take().filter(|_| narrows(&self.filter.text, text));
        text.clone_into(&mut self.filter.text);
        // Who did not match the beginning does not match the whole.
        self.match_among(before.as_deref(), contacts);
    }

    /// Looks through the whole list.
    pub(super) fn match_all(&mut self, contacts: &Contacts) {
        self.match_among(None, contacts);
    }

    fn match_among(&mut self, before: Option<&[Match]>, contacts: &Contacts) {
        // Anew each time, because rooms may be called something else by now.
        let words: Vec<_> =
            self.filter.text.split_whitespace().map(|word| Word::new(word, contacts)).collect();
        self.filter.words = words;
        let Self { filter: Filter { words, matching, .. }, listed, .. } = self;
        if words.is_empty() {
            *matching = None;
            return;
        }
        // In the order of the memory, which is far quicker than in the order of the list.
        let mut scores = vec![None; contacts.people().len()];
        match before {
            Some(before) => before.iter().for_each(|it| scores[it.index] = Some(0)),
            None => listed.iter().for_each(|&index| scores[index] = Some(0)),
        }
        for (found, (user_id, contact)) in scores.iter_mut().zip(contacts.people()) {
            *found = found.and_then(|_| score(words, user_id, contact));
        }
        let found = listed.iter().filter_map(|&index| Some(Match { score: scores[index]?, index }));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|it| Reverse(it.score));
        *matching = Some(found);
    }

    /// Forgets that somebody was found.
    pub(super) fn unmatch(&mut self, index: usize) {
        if let Some(matching) = &mut self.filter.matching {
            matching.retain(|it| it.index != index);
        }
    }

    /// Looks at somebody who was not found, and whose row has its place in the list.
    pub(super) fn match_again(&mut self, index: usize, contacts: &Contacts) {
        let Some(mut matching) = self.filter.matching.take() else { return };
        let (user_id, contact) = contacts.person(index);
        if let Some(score) = score(&self.filter.words, user_id, contact) {
            let at = matching.partition_point(|it| {
                score.cmp(&it.score).then_with(|| self.compare(it.index, index, contacts)).is_lt()
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

/// How well all words match; `None` if one of them does not.
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
    // In short texts only: in long ones any letters stand.
    let by_name = scattered(&contact.folded_name, &word.folded);
    by_name.or_else(|| scattered(id, &word.folded)).map(|how_well| rank(Place::Scattered, how_well))
}

/// How closely the letters of a word stand in a text in their order; `None` if one is missing. Simpler than a fuzzy
/// matcher's best score, and a fraction of its work for each of 100,000 names.
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

/// Whether whoever matches a text has matched another one before it. A colon makes a word one of the whole user ID, in
/// which more is found than in a part of it.
fn narrows(before: &str, text: &str) -> bool {
    let colons = |text: &str| text.matches(':').count();
    text.starts_with(before) && colons(text) == colons(before)
}

/// How well a text in lower case contains another: at its start, at the start of a word, or inside.
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
