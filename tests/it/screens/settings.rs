//! The settings in the palette of commands: what is offered, and what becomes of a choice.

use whosin::ui::{
    screen::Action,
    settings::{SETTINGS, Value},
    theme::Palette,
};

use super::*;

/// Types a line into the palette.
fn set(program: &mut Program, line: &str) {
    program.press(":").press(line);
}

#[test]
fn every_setting_is_in_the_palette_with_its_value() {
    for known in SETTINGS {
        let mut program = Program::with_named_rooms("");
        set(&mut program, &format!("set {}", known.key));
        let first = program.screen().lines().find(|line| line.contains("▌ ")).unwrap_or_default().to_owned();
        assert!(first.contains(known.key), "{}: {}", known.key, program.screen());
        let (model, screen) = program.dashboard();
        let value = screen.settings(model).value_of(known.key);
        let value = value.unwrap_or_else(|| panic!("{} has no value", known.key));
        assert!(first.contains(&value.words()), "{}: {first}", known.key);
        program.key(KeyCode::Enter);
        assert!(program.screen().contains(&format!("Command: set {} ", known.key)), "{}", program.screen());
        let offered = screen_offers(&program);
        assert!(offered || known.key == "hide", "{}: {}", known.key, program.screen());
    }
}

fn screen_offers(program: &Program) -> bool {
    program.screen().contains("▌ [")
}

#[test]
fn every_offered_value_is_a_valid_one() {
    for known in SETTINGS {
        let mut program = Program::with_named_rooms("");
        let offer = {
            let (model, screen) = program.dashboard();
            screen.settings(model).offer(known.key, "")
        };
        for at in 0..offer.choices.len() {
            set(&mut program, &format!("set {} ", known.key));
            for _ in 0..at {
                program.key(KeyCode::Down);
            }
            program.key(KeyCode::Enter);
            let screen = program.screen();
            assert!(screen.contains("is kept in your configuration."), "{}: {screen}", known.key);
            program.key(KeyCode::Esc).key(KeyCode::Esc);
        }
    }
}

#[test]
fn a_setting_is_found_and_its_values_are_offered_on_each_size() {
    for (columns, rows) in [(60, 15), (80, 24), (120, 40)] {
        let mut program = Program::with_named_rooms("theme = \"dark\"\n");
        set(program.sized(columns, rows), "set ");
        assert_snapshot!(format!("settings_{columns}"), program.screen());
        program.press("the").key(KeyCode::Enter);
        assert_snapshot!(format!("settings_theme_{columns}"), program.screen());
        program.press("li").key(KeyCode::Enter);
        assert_eq!(program.toml, "theme = \"light\"\n");
        assert!(program.actions.contains(&Action::ShowTheme(Palette::Light)));
        assert!(!program.screen().contains("Command:"), "{}", program.screen());
    }
}

#[test]
fn rooms_get_views_and_lose_them() {
    let mut program = Program::with_named_rooms("# mine\nrooms = [\"Workshop\"] # here\n");
    set(&mut program, "set rooms ");
    assert_snapshot!("settings_rooms", program.screen());
    program.press("tea").key(KeyCode::Enter);
    assert_eq!(program.toml, "# mine\nrooms = [\"Workshop\", \"Tea kitchen\"] # here\n");
    assert!(program.screen().contains("rooms is kept in your configuration."), "{}", program.screen());
    assert!(program.line(3).contains("Workshop  Tea kitchen"), "at once: {}", program.screen());
    program.key(KeyCode::Enter);
    assert_eq!(program.toml, "# mine\nrooms = [\"Workshop\"] # here\n", "the same key takes it back");
    program.press(" nowhere");
    assert!(
        program.screen().contains("You are in no room or space named tea nowhere."),
        "{}",
        program.screen()
    );
    program.key(KeyCode::Enter).key(KeyCode::Esc);
    set(&mut program, "set rooms works");
    program.key(KeyCode::Enter);
    assert_eq!(program.toml, "# mine\nrooms = [] # here\n");
}

#[test]
fn people_are_hidden_by_name_or_pattern_and_shown_again() {
    let mut program = Program::with_named_rooms("");
    set(&mut program, "set hide bob");
    assert!(program.screen().contains("@bob:example.org"), "{}", program.screen());
    program.key(KeyCode::Enter);
    assert_eq!(program.toml, "hide = [\"@bob:example.org\"]\n");
    assert!(program.screen().contains("[x] @bob:example.org"), "{}", program.screen());
    program.key(KeyCode::Esc);
    set(&mut program, "set hide @ada*");
    assert!(program.screen().contains("2 people"), "{}", program.screen());
    program.key(KeyCode::Enter).key(KeyCode::Esc);
    assert!(!program.screen().contains("Bob") && !program.screen().contains("Ada"), "{}", program.screen());
    set(&mut program, "set hide ");
    program.key(KeyCode::Enter).key(KeyCode::Esc);
    assert!(program.screen().contains("Bob"), "{}", program.screen());
    set(&mut program, "set hide !!");
    assert!(program.screen().contains("Nobody has this name. A pattern begins with @ or has a *."));
}

#[test]
fn what_is_no_value_is_refused_where_it_is_typed() {
    let mut program = Program::with_named_rooms("");
    set(&mut program, "set idle_after soon");
    program.key(KeyCode::Enter);
    let screen = program.screen();
    assert!(
        screen.contains("Not kept: expected a length such as \"10m\", \"1h30m\" or \"30d\", or \"off\"."),
        "{screen}"
    );
    assert!(screen.contains("Command: set idle_after soon"), "it stays for correction: {screen}");
    assert_snapshot!("settings_refused", screen);
    for _ in 0..4 {
        program.key(KeyCode::Backspace);
    }
    assert!(!program.screen().contains("Not kept"), "{}", program.screen());
    program.press("15m").key(KeyCode::Enter);
    assert_eq!(program.toml, "idle_after = \"15m\"\n");
    assert_eq!(program.model().settings().idle_after, Some(SignedDuration::from_mins(15)));
    set(&mut program, "set large_room many");
    assert!(program.screen().contains("A whole number is expected, 0 for no limit."), "{}", program.screen());
    program.key(KeyCode::Esc);
    set(&mut program, "set colour red");
    assert!(program.screen().contains("No setting has this name."), "{}", program.screen());
}

#[test]
fn several_ways_of_notification_are_chosen_one_after_the_other() {
    let mut program = Program::with_named_rooms("");
    set(&mut program, "set notify.via des");
    program.key(KeyCode::Enter).key(KeyCode::Esc);
    for (typed, toml) in [
        ("bell", "notify.via = [\"desktop\", \"bell\"]\n"),
        ("desktop", "notify.via = \"bell\"\n"),
        ("bell", "notify.via = \"none\"\n"),
        ("auto", "notify.via = \"auto\"\n"),
    ] {
        set(&mut program, &format!("set notify.via {typed}"));
        program.key(KeyCode::Enter).key(KeyCode::Esc);
        assert_eq!(program.toml, toml);
    }
}

#[test]
fn keys_are_changed_with_what_is_wrong_as_they_are_typed() {
    let mut program = Program::with_named_rooms("");
    set(&mut program, "set keys");
    program.key(KeyCode::Enter).press("busy");
    assert_snapshot!("settings_keys", program.screen());
    program.key(KeyCode::Enter).press("o");
    assert!(program.screen().contains("o cannot be both busy and online"), "{}", program.screen());
    program.key(KeyCode::Backspace).press("Hyper-x");
    assert!(program.screen().contains("\"Hyper-x\" is no key"), "{}", program.screen());
    for _ in 0.."Hyper-x".len() {
        program.key(KeyCode::Backspace);
    }
    program.press("x F2").key(KeyCode::Enter);
    assert_eq!(program.toml, "[keys]\nbusy = [\"x\", \"F2\"]\n");
    assert!(program.screen().contains("x busy"), "{}", program.screen());
    program.press("x");
    assert_eq!(*program.model().own().report().wanted, Presence::Busy);
}

#[test]
fn what_counts_from_the_next_start_is_said() {
    let mut program = Program::with_named_rooms("");
    set(&mut program, "set start busy");
    program.key(KeyCode::Enter);
    let said = "start is kept in your configuration. It counts from the next start.";
    assert!(program.screen().contains(said), "{}", program.screen());
}

#[test]
fn an_unsaved_choice_outlives_a_change_of_another_setting() {
    let mut program = Program::with_named_rooms("");
    program.press("T").press("M");
    let palette = program.actions.iter().rev().find_map(|action| match action {
        Action::ShowTheme(palette) => Some(*palette),
        _ => None,
    });
    program.actions.clear();
    set(&mut program, "set idle_after off");
    program.key(KeyCode::Enter);
    assert_eq!(palette, Some(Palette::Dark));
    assert_eq!(program.actions.len(), 1, "neither colors nor mouse: {:?}", program.actions);
}

#[test]
fn a_value_is_written_as_the_file_spells_it() {
    let program = Program::with_named_rooms("");
    let (model, screen) = program.dashboard();
    assert_eq!(screen.settings(model).value_of("idle_after"), Some(Value::Text("10m".to_owned())));
}
