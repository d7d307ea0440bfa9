//! Keys that nobody means change nothing that others see.

use whosin::model::event::PresenceUpdate;

use super::*;

impl Program {
    /// Types letters with the same pause before each, and waits after the last.
    fn types(&mut self, letters: &str, pause: i64) -> &mut Self {
        for letter in letters.chars() {
            self.waits(pause).type_key(if letter == '\r' { KeyCode::Enter } else { KeyCode::Char(letter) });
        }
        self.now += SignedDuration::from_secs(2);
        self.input(Input::Quiet)
    }

    /// Lets time pass as the loop does: it wakes up when the key that is held back is due.
    fn waits(&mut self, milliseconds: i64) -> &mut Self {
        let until = self.now + SignedDuration::from_millis(milliseconds);
        while let Some(wake) = self.wake().filter(|&wake| wake <= until) {
            self.now = wake;
            self.input(Input::Quiet).event(Event::Clock);
        }
        self.now = until;
        self
    }

    fn published(&self) -> Vec<PresenceUpdate> {
        let puts = self.effects.iter().filter_map(|effect| match effect {
            Effect::Publish(put, _) => Some(put.clone()),
            _ => None,
        });
        puts.collect()
    }

    fn states(&self) -> Vec<Presence> {
        self.published().into_iter().map(|put| put.presence).collect()
    }
}

#[test]
fn a_name_typed_without_the_filter_is_a_search_at_every_speed_of_typing() {
    for name in ["sofia", "bob", "otto", "ui", "leo", "Sofia", "hugo", "quentin", "zoe", "abi", "bo b", "iou"]
    {
        for pause in [0, 1, 15, 40, 80, 150, 250, 340] {
            let mut program = Program::live();
            program.after(5).effects.clear();
            program.types(name, pause);
            assert_eq!(program.states(), [], "{name} with {pause} ms between the letters");
            assert!(!program.actions.contains(&whosin::ui::screen::Action::Quit), "{name} at {pause} ms");
            assert!(program.screen().contains("Filter: "), "{name} at {pause} ms:\n{}", program.screen());
            assert!(program.screen().contains("These letters are a search, so nothing is set. Esc ends it."));
        }
    }
}

#[test]
fn slow_letters_take_back_what_the_first_one_has_set() {
    let mut program = Program::live();
    program.after(5).effects.clear();
    program.types("bob", 390);
    assert_eq!(program.states(), [Presence::Busy], "the answer to the first request is not there yet");
    assert!(
        program.screen().contains("These letters are a search, so the change is undone."),
        "{}",
        program.screen()
    );
    program.answered(Answer::Accepted);
    assert_eq!(program.states(), [Presence::Busy, Presence::Online]);
}

#[test]
fn a_word_that_becomes_a_search_leaves_the_list_as_it_was() {
    let mut program = Program::live();
    program.press("j").after(1);
    let before = program.screen();
    program.types("shib", 100).key(KeyCode::Esc).after(20);
    assert_eq!(program.screen(), before, "sort and hide had been pressed on the way");
}

#[test]
fn pasted_text_neither_sends_a_message_nor_sets_a_state_with_an_end() {
    for pasted in
        ["maria\r", "Bob\r", "Sofia\r", "Sdf\r", "m\r", "b\r", "o\rb", "B5m\r", "see you at one\rbye\rb"]
    {
        let mut program = Program::live();
        program.after(5).effects.clear();
        program.types(pasted, 0);
        assert_eq!(program.published(), [], "{pasted:?}");
    }
}

#[test]
fn a_key_that_is_held_down_changes_nothing_or_is_undone() {
    // Keyboards begin to repeat after a quarter of a second to a whole one.
    for (key, first, acts) in [
        ('b', 250, false),
        ('b', 500, true),
        ('b', 660, true),
        ('b', 1_000, true),
        ('o', 660, false),
        ('u', 660, false),
        ('i', 500, false),
        ('i', 660, false),
        ('i', 1_000, true),
    ] {
        let mut program = Program::live();
        program.after(5).effects.clear();
        program.type_key(KeyCode::Char(key));
        program.waits(first).types(&key.to_string().repeat(40), 33);
        assert_eq!(!program.states().is_empty(), acts, "{key} after {first} ms");
        assert_eq!(
            program.screen().contains("is held down: the change is undone."),
            acts,
            "{key} after {first} ms"
        );
        program.answered(Answer::Accepted);
        let last = program.states().last().cloned();
        assert!(last.is_none_or(|last| last == Presence::Online), "{key} after {first} ms");
    }
}

#[test]
fn lone_keys_act_after_their_quiet_moment_and_say_so_before() {
    for (key, moment, says, state) in [
        ('b', 350, "■ busy …", Presence::Busy),
        (
            'u',
            700,
            "◐ unavailable in a moment; another letter begins a search instead.",
            Presence::Unavailable,
        ),
        ('i', 700, "○ offline in a moment; another letter begins a search instead.", Presence::Offline),
    ] {
        let mut program = Program::live();
        program.after(5).effects.clear();
        program.type_key(KeyCode::Char(key));
        assert!(program.line(2).contains(says), "{}", program.screen());
        assert_eq!(program.wake(), Some(program.now + SignedDuration::from_millis(moment)));
        program.now += SignedDuration::from_millis(moment - 1);
        assert_eq!(program.input(Input::Quiet).states(), []);
        program.now += SignedDuration::from_millis(1);
        assert_eq!(program.input(Input::Quiet).states(), [state]);
        assert!(program.line(2).ends_with("z undoes it: back to ● online."), "{}", program.screen());
    }
}

#[test]
fn another_kind_of_key_ends_the_moment_and_escape_takes_the_key_back() {
    let mut program = Program::live();
    program.after(5).effects.clear();
    program.type_key(KeyCode::Char('b'));
    program.now += SignedDuration::from_millis(100);
    assert_eq!(program.type_key(KeyCode::Down).states(), [Presence::Busy]);

    let mut program = Program::live();
    program.after(5).effects.clear();
    program.type_key(KeyCode::Char('b'));
    program.now += SignedDuration::from_millis(100);
    program.type_key(KeyCode::Esc).after(5).input(Input::Quiet);
    assert_eq!(program.states(), []);
}

#[test]
fn b_twice_is_no_change() {
    let mut program = Program::live();
    program.after(5).effects.clear();
    program.types("bb", 200);
    assert_eq!(program.states(), []);
    assert!(program.screen().contains("b twice: nothing is changed."), "{}", program.screen());
}

#[test]
fn keys_with_some_time_between_them_are_keys() {
    let mut program = Program::live();
    program.after(5).effects.clear();
    program.types("jjju", 450);
    assert_eq!(program.states(), [Presence::Unavailable]);
    assert!(!program.screen().contains("Filter:"));
}

#[test]
fn z_undoes_the_last_change_of_the_own_state_for_ten_seconds() {
    let mut program = Program::live();
    program.press("B");
    program.types("45m\r", 100).answered(Answer::Accepted).echo(Presence::Busy, "in the garden");
    program.effects.clear();
    assert!(program.line(2).contains("z undoes it: back to ● online."), "{}", program.screen());
    program.press("z").answered(Answer::Accepted).echo(Presence::Online, "in the garden");
    assert_eq!(program.states(), [Presence::Online]);
    assert!(!program.line(0).contains("busy until"), "{}", program.screen());
    program.effects.clear();
    program.press("z");
    assert_eq!(program.states(), [], "there is nothing more to undo");

    program.press("b").answered(Answer::Accepted).echo(Presence::Busy, "in the garden");
    assert!(program.screen().contains("z undoes it"));
    program.after(10).effects.clear();
    assert!(!program.screen().contains("z undoes it"), "{}", program.screen());
    program.press("z");
    assert_eq!(program.states(), []);
}

#[test]
fn keys_act_on_what_is_seen() {
    let mut program = Program::live();
    program.press("?").effects.clear();
    program.press("bopsS");
    assert_eq!(program.effects, []);
    assert!(
        program.screen().contains("undo, for ten seconds"),
        "the help is still open: {}",
        program.screen()
    );
    program.press("q");
    assert!(!program.screen().contains("undo, for ten seconds"));
    assert_eq!(program.actions, []);
}
