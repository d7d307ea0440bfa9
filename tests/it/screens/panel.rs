//! The panes beside the list: what happened since the person last looked, whom they wait for, and one time axis.

use whosin::ui::screen::Focus;

use super::*;

impl Program {
    fn becomes(&mut self, name: &str, presence: Presence, message: &str) -> &mut Self {
        self.synced(Synced { presence: vec![event(name, presence, message, 0)], ..Synced::default() })
    }
}

/// The person has asked to be told of Carol, looked for a while, and has been away since.
fn away() -> Program {
    let mut program = Program::live();
    program.sized(120, 40).after(300).becomes("bob", Presence::Busy, "in a meeting");
    program.after(20).select("carol").press("n").key(KeyCode::Esc).after(10).key(KeyCode::Esc);
    program.after(600).becomes("dave", Presence::Online, "back").after(900).becomes(
        "gone",
        Presence::Online,
        "",
    );
    program.after(60);
    program
}

#[test]
fn with_nobody_selected_it_tells_what_happened_since_the_person_last_looked() {
    let mut program = away();
    assert_snapshot!("panel_120", program.screen());
    assert_snapshot!("panel_200", program.sized(200, 60).screen());
}

#[test]
fn a_selected_contact_has_details_and_one_time_axis_with_everybody() {
    let mut program = away();
    program.select("bob");
    assert_snapshot!("panel_selected_120", program.screen());
    for (columns, rows) in [(80, 24), (80, 40), (110, 30), (120, 40), (200, 60)] {
        program.sized(columns, rows);
        for _ in 0..3 {
            assert!(program.screen().matches("The last hours").count() <= 1, "{}", program.screen());
            program.press("l");
        }
    }
    program.sized(80, 40).key(KeyCode::Enter).press("l");
    assert_eq!(program.screen().matches("The last hours").count(), 1, "{}", program.screen());
}

#[test]
fn a_pause_begins_with_the_last_key_or_with_the_loss_of_the_focus() {
    let mut program = Program::live();
    program.sized(120, 30).becomes("bob", Presence::Busy, "");
    program.after(30).press("g").after(30).becomes("dave", Presence::Online, "");
    assert!(!program.screen().contains("Since you last looked"), "half a minute is no pause");
    program.after(600).becomes("gone", Presence::Online, "").after(1);
    assert!(program.screen().contains("Since you last looked, 14:02"), "{}", program.screen());
    program.press("j").after(10).press("k");
    assert!(
        program.screen().contains("Since you last looked, 14:02"),
        "still to be read: {}",
        program.screen()
    );
    program.input(Input::Focus(Focus::Lost)).after(5).becomes("erin", Presence::Online, "");
    program.input(Input::Focus(Focus::Gained));
    assert!(program.screen().contains("Since you last looked, 14:13"), "{}", program.screen());
}

#[test]
fn before_anything_has_happened_there_is_no_panel_and_no_chart() {
    let mut program = Program::live();
    let screen = program.sized(120, 40).screen();
    assert!(!screen.contains('│'), "{screen}");
    program.press("l");
    assert!(program.screen().contains("Nothing has happened yet"), "{}", program.screen());
    program.becomes("bob", Presence::Busy, "");
    assert!(program.screen().contains("What happened"), "{}", program.screen());
    assert!(!program.screen().contains("The last hours"), "{}", program.screen());
    program.after(300);
    assert!(program.screen().contains("The last hours"), "{}", program.screen());
    let mut program = Program::live();
    let screen = program.sized(120, 40).select("bob").screen();
    assert!(screen.contains("@bob:example.org") && !screen.contains("What happened"), "{screen}");
}

#[test]
fn l_always_does_something() {
    for (columns, rows) in [(40, 12), (60, 15), (80, 24), (120, 40), (200, 60)] {
        for keys in ["", "j", "jl", "jll", "l", "ll"] {
            for mut program in [Program::live(), away()] {
                program.sized(columns, rows).press(keys).after(60);
                let before = program.screen();
                program.press("l");
                assert_ne!(program.screen(), before, "{columns}×{rows} after {keys}");
            }
        }
    }
}
