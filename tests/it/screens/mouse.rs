//! What clicks and the list of own states do.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use ratatui::layout::Position;
use whosin::{
    model::presence::Presence,
    ui::{
        screen::{Action, Input, Target},
        theme::{Charset, Theme},
    },
};

use super::Program;

impl Program {
    /// Clicks on the first place where the text stands.
    fn click(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        let place = screen.lines().zip(0..).find_map(|(line, row)| {
            let start = line.find(text)?;
            Some(Position::new(u16::try_from(line[..start].chars().count()).unwrap(), row))
        });
        self.click_at(place.unwrap_or_else(|| panic!("no {text} on\n{screen}")))
    }

    fn click_at(&mut self, place: Position) -> &mut Self {
        let (_, drawn) = self.picture(Theme::default());
        let target = drawn.targets.at(place).cloned();
        self.input(Input::Click(target))
    }

    fn selected(&self) -> Option<String> {
        self.dashboard().1.selected().map(ToString::to_string)
    }

    fn asked_for(&self) -> Presence {
        self.model().own().report().wanted.clone()
    }
}

#[test]
fn a_click_selects_the_contact_in_that_row_however_the_list_is_scrolled() {
    for rows in [20, 12, 9] {
        let mut program = Program::live();
        program.sized(80, rows).click("Bob");
        assert_eq!(program.selected().as_deref(), Some("@bob:example.org"), "{rows} rows");
        program.press("G").click("Gone");
        assert_eq!(program.selected().as_deref(), Some("@gone:example.org"), "{rows} rows");
    }
}

#[test]
fn a_click_on_a_heading_or_beside_the_list_changes_nothing() {
    let mut program = Program::live();
    program.click("Carol").click("BUSY").click_at(Position::new(0, 2));
    assert_eq!(program.selected().as_deref(), Some("@carol:example.org"));
}

#[test]
fn every_row_with_a_contact_can_be_clicked_and_nothing_else_of_the_list() {
    let program = Program::live();
    let (_, drawn) = program.picture(Theme::default());
    for (line, row) in program.screen().lines().zip(0..) {
        let target = drawn.targets.at(Position::new(10, row));
        let contact = line.starts_with("  ") && !line.trim().is_empty();
        assert_eq!(matches!(target, Some(Target::Contact(_))), contact, "{line}");
    }
}

#[test]
fn a_double_click_shows_details_and_two_slow_clicks_do_not() {
    let mut program = Program::live();
    program.click("Carol").after(1).click("Carol");
    assert!(program.screen().contains("● FREE"), "still the list");
    program.click("Carol");
    assert!(program.screen().contains("@carol:example.org"), "{}", program.screen());
}

#[test]
fn a_click_on_a_tab_shows_that_view() {
    let mut program = Program::live();
    program.click("Favourites");
    assert!(program.screen().contains("[Favourites]"), "{}", program.screen());
    program.sized(30, 20).click("People");
    assert!(program.screen().contains("[People]"), "{}", program.screen());
}

#[test]
fn a_click_on_the_own_state_opens_a_list_and_a_click_there_asks_for_it() {
    let mut program = Program::live();
    program.click("You ●");
    assert_snapshot!("picker", program.screen());
    program.click("unavailable         u");
    assert_eq!(program.asked_for(), Presence::Unavailable);
    assert!(!program.screen().contains("Your state"));
}

#[test]
fn a_click_beside_the_list_of_states_closes_it_and_does_no_more() {
    let mut program = Program::live();
    program.press("S").click("Bob");
    assert!(!program.screen().contains("Your state"));
    assert_eq!((program.selected(), program.asked_for()), (None, Presence::Online));
}

#[test]
fn the_list_of_states_is_walked_with_arrows_and_answers_to_their_own_keys() {
    let mut program = Program::live();
    program.press("Sjj").key(KeyCode::Up).key(KeyCode::Enter);
    assert_eq!(program.asked_for(), Presence::Busy, "the second");
    program.press("Si");
    assert_eq!(program.asked_for(), Presence::Offline);
    program.press("S").key(KeyCode::Esc).press("SB");
    assert!(program.screen().contains("How long"));
    assert_eq!(program.asked_for(), Presence::Offline, "nothing more");
}

#[test]
fn the_list_of_states_fits_on_small_screens_and_in_ascii() {
    let mut program = Program::live();
    program.press("S");
    for (columns, rows) in [(20, 5), (24, 7), (80, 20)] {
        let theme = Theme { charset: Charset::Ascii, ..Theme::default() };
        let screen = program.sized(columns, rows).screen_with(theme);
        assert!(screen.contains("Your state"), "{screen}");
        assert!(screen.contains("* online"), "{screen}");
    }
}

#[test]
fn a_released_mouse_is_shown_until_it_is_captured_again() {
    let mut program = Program::live();
    program.press("M");
    assert!(program.actions.contains(&Action::CaptureMouse(false)));
    assert!(program.line(19).starts_with("mouse let go; M takes it again"), "{}", program.line(19));
    program.press("jjM");
    assert!(program.actions.contains(&Action::CaptureMouse(true)));
    assert!(!program.screen().contains("mouse let go"));
}

#[test]
fn the_user_id_is_copied_and_the_chat_opened_of_whoever_is_selected() {
    let mut program = Program::live();
    program.press("yw");
    assert!(program.actions.iter().all(|it| !matches!(it, Action::Copy(_) | Action::Open(_))));
    program.select("bob").press("y");
    assert!(program.actions.contains(&Action::Copy("@bob:example.org".into())));
    assert!(program.screen().contains("Copied @bob:example.org."));
    program.press("w");
    assert!(program.actions.contains(&Action::Open("https://matrix.to/#/@bob:example.org".into())));
    assert!(program.screen().contains("Opening https://matrix.to/#/@bob:example.org"));
}
