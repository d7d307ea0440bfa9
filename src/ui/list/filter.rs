//! The filter: every word must match a contact's name, user ID, message or rooms. The best matches come first.
//!
//! Beginnings of words outrank parts of words. Scattered letters count only if nothing else matches anybody.

use std::{
    cmp::{Ordering, Reverse},
    num::NonZero,
    thread::{self, available_parallelism},
};

use matrix_sdk::ruma::UserId;
use memchr::memmem::Finder;

use super::List;
use crate::model::{
    contacts::{Contact, Contacts},
    text::fold,
};

/// From how many contacts on a search pays for a thread: it takes a millisecond then.
const MANY: usize = 10_000;

/// The typed filter and its matches.
#[derive(Debug, Default)]
pub(super) struct Filter {
    text: String,
    words: Vec<Word>,
    /// The matches, in the order of the screen. `None`: no filter.
    matching: Option<Vec<Match>>,
    /// Whether the matches are by scattered letters, because nothing else matches.
    scattered: bool,
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

/// How a word matches. A better way outranks any better match in a worse way.
#[derive(Clone, Copy)]
enum Way {
    Scattered = 1,
    Room,
    PartOfMessage,
    PartOfId,
    PartOfName,
    StartInMessage,
    StartInId,
    StartInName,
}

/// What a part of a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Inside a word.
    Inside,
    /// The start of a word.
    Word,
    /// The start of the text.
    Text,
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
        let was_scattered = std::mem::take(&mut self.filter.scattered);
        if self.filter.words.is_empty() {
            self.filter.matching = None;
            return;
        }
        let candidates = candidates(before, was_scattered, contacts);
        let (scores, scattered) = scores(&self.filter.words, &candidates, contacts);
        self.filter.scattered = scattered;
        // Everybody is searched. Who is not listed comes after those that match as well and are.
        let others = contacts.by_name().iter().filter(|&&index| !self.is_listed(index));
        let found = self.listed.iter().chain(others);
        let found = found.filter_map(|&index| Some(Match { score: scores[index]?, index }));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|it| Reverse(it.score));
        self.filter.matching = Some(found);
    }

    /// Returns whether the list without its filter has a contact.
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
        let score = if self.filter.scattered { score_scattered } else { score };
        if let Some(score) = score(&self.filter.words, user_id, contact) {
            let at = matching.partition_point(|it| {
                score.cmp(&it.score).then_with(|| self.compare_matches(it.index, index, contacts)).is_lt()
            });
            matching.insert(at, Match { index, score });
        }
        self.filter.matching = Some(matching);
    }

    /// Matches the whole list again if scattered letters begin or cease to count by the changes of these contacts.
    pub(super) fn check_scattered(&mut self, indices: &[usize], contacts: &Contacts) {
        let Some(matching) = &self.filter.matching else { return };
        let is_better = |index: &usize| {
            let (user_id, contact) = contacts.person(*index);
            contact.is_counted() && score(&self.filter.words, user_id, contact).is_some()
        };
        let changes = if self.filter.scattered { indices.iter().any(is_better) } else { matching.is_empty() };
        if changes {
            self.match_all(contacts);
        }
    }
}

/// How a contact can match a text, after those who matched the start of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Candidate {
    No,
    Scattered,
    Any,
}

/// Returns how each contact can match, by index.
fn candidates(before: Option<&[Match]>, was_scattered: bool, contacts: &Contacts) -> Vec<Candidate> {
    let mut candidates = vec![Candidate::No; contacts.people().len()];
    // Only scattered letters can match the text where nothing else has matched the start of it.
    let all = if before.is_some() { Candidate::Scattered } else { Candidate::Any };
    if before.is_none() || !was_scattered {
        contacts.by_name().iter().for_each(|&index| candidates[index] = all);
    }
    before.into_iter().flatten().for_each(|it| candidates[it.index] = Candidate::Any);
    candidates
}

/// Returns the score of each contact that matches, by index, and whether all match by scattered letters.
///
/// Each core searches a part of many contacts. A search waits for memory most of the time.
fn scores(words: &[Word], candidates: &[Candidate], contacts: &Contacts) -> (Vec<Option<u32>>, bool) {
    let cores = if candidates.len() < MANY { 1 } else { available_parallelism().map_or(1, NonZero::get) };
    let size = candidates.len().div_ceil(cores).max(1);
    let mut scores = vec![None; candidates.len()];
    let scattered: Vec<bool> = thread::scope(|scope| {
        let parts = scores.chunks_mut(size).zip(candidates.chunks(size)).enumerate();
        let search = |(at, (scores, candidates))| {
            let people = contacts.people().skip(at * size);
            move || score_part(words, people.zip(candidates), scores)
        };
        let mut searches = parts.map(search);
        // This thread searches the first part: few contacts need no other one.
        let first = searches.next();
        let running: Vec<_> = searches.map(|search| scope.spawn(search)).collect();
        let first = first.map(|search| search());
        let others = running.into_iter().map(|part| part.join().expect("a search does not panic"));
        first.into_iter().chain(others).collect()
    });
    let all_scattered = scattered.iter().all(|part| *part);
    for (part, _) in
        scores.chunks_mut(size).zip(scattered).filter(|(_, scattered)| *scattered != all_scattered)
    {
        part.fill(None);
    }
    (scores, all_scattered)
}

/// Writes the score of each of some contacts. Returns whether all match by scattered letters.
///
/// One pass, in the order of memory. For many contacts, two take twice the time, and the order of the list even more.
fn score_part<'a>(
    words: &[Word],
    people: impl Iterator<Item = ((&'a UserId, &'a Contact), &'a Candidate)>,
    scores: &mut [Option<u32>],
) -> bool {
    let mut scattered = true;
    for (at, ((user_id, contact), candidate)) in people.enumerate() {
        let better = if *candidate == Candidate::Any { score(words, user_id, contact) } else { None };
        if better.is_some() && scattered {
            scattered = false;
            scores[..at].fill(None);
        }
        scores[at] = match better {
            None if scattered && *candidate != Candidate::No => score_scattered(words, user_id, contact),
            better => better,
        };
    }
    scattered
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

    /// Returns the part of a user ID to search.
    fn id<'a>(&self, user_id: &'a UserId) -> &'a str {
        if self.is_of_whole_id { user_id.as_str() } else { user_id.localpart() }
    }
}

/// Returns the score of all words, or `None` if one does not match.
fn score(words: &[Word], user_id: &UserId, contact: &Contact) -> Option<u32> {
    words.iter().try_fold(0, |sum, word| Some(sum + score_word(word, user_id, contact)?))
}

/// Returns the same, where the letters of a word may be scattered.
fn score_scattered(words: &[Word], user_id: &UserId, contact: &Contact) -> Option<u32> {
    // Nothing else matches a single word, so it need not be searched again.
    if let [word] = words {
        return score_letters(word, user_id, contact);
    }
    words.iter().try_fold(0, |sum, word| {
        let score = score_word(word, user_id, contact);
        Some(sum + score.or_else(|| score_letters(word, user_id, contact))?)
    })
}

fn rank(way: Way, how_well: u32) -> u32 {
    ((way as u32) << 16) + how_well
}

fn score_word(word: &Word, user_id: &UserId, contact: &Contact) -> Option<u32> {
    let name = part(&contact.folded_name, &word.folded_finder);
    let rank_of = |part: Part, start: Way, inside: Way| match part {
        Part::Inside => rank(inside, 0),
        part => rank(start, u32::from(part == Part::Text)),
    };
    if let Some(part @ (Part::Word | Part::Text)) = name {
        return Some(rank_of(part, Way::StartInName, Way::PartOfName));
    }
    let id = part_in_any_case(word.id(user_id), &word.finder);
    if let Some(part @ (Part::Word | Part::Text)) = id {
        return Some(rank_of(part, Way::StartInId, Way::PartOfId));
    }
    let status = contact.status().and_then(|status| part_in_any_case(&status.text, &word.finder));
    let message = contact.heard.as_ref().and_then(|heard| heard.status_msg.as_deref());
    let message = message.and_then(|message| part_in_any_case(message, &word.finder));
    let found = [
        status.map(|part| rank_of(part, Way::StartInMessage, Way::PartOfMessage)),
        message.map(|part| rank_of(part, Way::StartInMessage, Way::PartOfMessage)),
        name.map(|part| rank_of(part, Way::StartInName, Way::PartOfName)),
        id.map(|part| rank_of(part, Way::StartInId, Way::PartOfId)),
    ];
    let found = found.into_iter().flatten().max();
    let in_room = || {
        let named = !word.rooms.is_empty() && contact.rooms.iter().any(|room| word.rooms.contains(room));
        named.then(|| rank(Way::Room, 0))
    };
    found.or_else(in_room)
}

/// Returns how well the letters of a word match, in order. Only in short texts: long ones contain any letters.
fn score_letters(word: &Word, user_id: &UserId, contact: &Contact) -> Option<u32> {
    let by_name = scattered(&contact.folded_name, &word.folded);
    let found = by_name.or_else(|| scattered(word.id(user_id), &word.folded));
    found.map(|how_well| rank(Way::Scattered, how_well))
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

/// Returns whether every match of `text` is a match of `before`. A colon extends the search to the full user ID, which
/// finds more.
fn narrows(before: &str, text: &str) -> bool {
    let colons = |text: &str| text.matches(':').count();
    text.starts_with(before) && colons(text) == colons(before)
}

/// Returns what a part of a lower-case text is, at its best place.
fn part(text: &str, part: &Finder<'_>) -> Option<Part> {
    let mut best = None;
    for at in part.find_iter(text.as_bytes()) {
        match text[..at].chars().next_back() {
            None => return Some(Part::Text),
            Some(before) if !before.is_alphanumeric() => return Some(Part::Word),
            Some(_) => best = Some(Part::Inside),
        }
    }
    best
}

fn part_in_any_case(text: &str, finder: &Finder<'_>) -> Option<Part> {
    let lower = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if lower { part(text, finder) } else { part(&text.to_lowercase(), finder) }
}
