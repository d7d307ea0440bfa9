//! The sign-in form: the server first, then only the ways that it offers.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use whosin::{
    model::{
        credentials::{Credentials, Provider, Secret, Way},
        event::Update,
        session::SessionKind,
    },
    ui::{
        sign_in::{SignInAction, Visit},
        theme::{Charset, Depth, Palette, Theme},
    },
};

use super::program::Program;

const OAUTH: [Way; 3] = [Way::Browser, Way::DeviceCode, Way::Token];
const PASSWORDS: [Way; 2] = [Way::Password, Way::Token];
const LINK: &str = "https://account.matrix.org/link";
const AUTHORIZE: &str =
    "https://auth.example.org/authorize?response_type=code&client_id=01K&state=secret-state";

/// The form of a server that offers these ways.
fn offered(ways: &[Way]) -> Program {
    let mut program = Program::signed_out();
    program.press("@me:example.org").key(KeyCode::Enter).offers(ways);
    program
}

fn sso(name: &str) -> Way {
    Way::Sso(Some(Provider { id: format!("oidc-{name}"), name: name.into() }))
}

fn last(program: &Program) -> &SignInAction {
    program.form_actions.last().expect("the form has asked for something")
}

fn show_code(program: &mut Program, good_for: i64) {
    let expires_at = program.now + SignedDuration::from_secs(good_for);
    let code = Some(("ABC-DEF".to_owned(), expires_at));
    let scan = format!("{LINK}?code=ABC-DEF");
    program.form().on_visit(Visit { address: LINK.to_owned(), scan, code, opens: false, problem: None });
}

fn show_address(program: &mut Program) {
    let address = AUTHORIZE.to_owned();
    program.form().on_visit(Visit { scan: address.clone(), address, code: None, opens: true, problem: None });
}

#[test]
fn the_server_is_asked_before_anything_else_is() {
    let mut program = Program::signed_out();
    assert_snapshot!("sign_in", program.screen());
    program.key(KeyCode::Enter);
    assert!(program.screen().contains("Type your user ID"), "{}", program.screen());
    program.press("@me:example.org").key(KeyCode::Enter);
    assert_eq!(*last(&program), SignInAction::Find { server: "@me:example.org".to_owned() });
    assert_snapshot!("sign_in_asking", program.screen());
    program.form().on_failed("example.org does not answer. Try again later.".to_owned());
    assert_snapshot!("sign_in_unreachable", program.screen());
}

#[test]
fn only_what_the_server_offers_is_listed_the_best_first() {
    assert_snapshot!("sign_in_ways", offered(&OAUTH).screen());
    assert!(!offered(&OAUTH).screen().contains("Password"));
    let company = [sso("Google"), sso("Keycloak"), Way::Password, Way::Token];
    assert_snapshot!("sign_in_providers", offered(&company).screen());
}

#[test]
fn a_way_is_chosen_by_arrows_letters_and_numbers() {
    for keys in ["2", "j\r", "jjjk\r"] {
        let mut program = offered(&OAUTH);
        for key in keys.chars() {
            program.key(if key == '\r' { KeyCode::Enter } else { KeyCode::Char(key) });
        }
        let (way, user) = (Way::DeviceCode, "@me:example.org".to_owned());
        assert_eq!(*last(&program), SignInAction::Browse { way, user }, "{keys}");
    }
}

#[test]
fn a_list_longer_than_the_screen_follows_the_choice() {
    let providers: Vec<Way> = (1..40).map(|number| sso(&format!("Provider {number}"))).collect();
    let mut program = offered(&providers);
    for _ in 1..30 {
        program.key(KeyCode::Down);
    }
    assert!(program.screen().contains("▌ 30  Single sign-on with Provider 30"), "{}", program.screen());
}

#[test]
fn passwords_are_typed_at_once_where_there_is_no_other_way() {
    let mut program = offered(&PASSWORDS);
    program.key(KeyCode::Enter);
    assert!(program.screen().contains("Type your password first."), "{}", program.screen());
    program.press("secret").key(KeyCode::Enter);
    let credentials = Credentials {
        server: "@me:example.org".to_owned(),
        user: "@me:example.org".to_owned(),
        secret: Secret::Password("secret".to_owned()),
    };
    assert_eq!(*last(&program), SignInAction::SignIn(credentials));
    assert!(!format!("{program:?}").contains("secret"));
    assert_snapshot!("sign_in_waiting", program.screen());
    let error = "matrix.example.org does not accept this user and password. Check both.";
    program.form().on_failed(error.to_owned());
    assert_snapshot!("sign_in_failed", program.screen());
    assert_snapshot!("sign_in_narrow", program.sized(30, 9).screen());
}

#[test]
fn enter_goes_on_to_the_line_that_is_empty() {
    let mut program = Program::signed_out();
    program.press("example.org").key(KeyCode::Enter).offers(&PASSWORDS);
    program.press("me").key(KeyCode::Enter).press("secret").key(KeyCode::Enter);
    assert!(
        matches!(last(&program), SignInAction::SignIn(it) if it.user == "me"),
        "{:?}",
        program.form_actions
    );
}

#[test]
fn a_pasted_token_says_what_it_means_where_tokens_expire() {
    let mut program = offered(&OAUTH);
    program.press("3").paste("syt_secret");
    assert_snapshot!("sign_in_token", program.screen());
    let mut program = offered(&PASSWORDS);
    program.key(KeyCode::Esc).press("2").paste("syt_secret");
    assert!(!program.screen().contains("expire"), "{}", program.screen());
}

#[test]
fn a_code_is_shown_with_its_picture_and_for_how_long_it_is_good() {
    let mut program = offered(&OAUTH);
    program.press("2");
    show_code(&mut program, 1_200);
    program.sized(80, 24);
    assert_snapshot!("sign_in_code", program.screen());
    assert_snapshot!("sign_in_code_small", program.sized(40, 12).screen());
    let waits = program.form().wake("2026-11-24T14:02:10Z".parse().unwrap());
    assert_eq!(waits, Some("2026-11-24T14:02:41Z".parse().unwrap()), "then it is 19 minutes");
    show_code(&mut program, 59);
    assert!(program.screen().contains("good for 59 s"), "{}", program.screen());
    program.key(KeyCode::Enter);
    assert_eq!(*last(&program), SignInAction::Open(LINK.to_owned()));
}

/// What a camera in front of a terminal reads, if the picture can be read at all.
fn scanned(buffer: &Buffer, is_dark_terminal: bool) -> Option<String> {
    const CELL: (usize, usize) = (8, 16);
    let (text, background) = if is_dark_terminal { (200, 12) } else { (30, 250) };
    let shade = |color, default| match color {
        Color::Black | Color::Rgb(0, ..) | Color::Indexed(16) => 0,
        Color::White | Color::Rgb(255, ..) | Color::Indexed(231) => 255,
        _ => default,
    };
    let (width, height) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let pixel = |x: usize, y: usize| {
        let cell = &buffer.content[y / CELL.1 * width + x / CELL.0];
        let (mut fg, mut bg) = (shade(cell.fg, text), shade(cell.bg, background));
        if cell.modifier.contains(Modifier::REVERSED) {
            (fg, bg) = (bg, fg);
        }
        let is_upper = y % CELL.1 < CELL.1 / 2;
        let is_ink = match cell.symbol() {
            "█" => true,
            "▀" => is_upper,
            "▄" => !is_upper,
            " " => false,
            // Some of a letter is ink.
            _ => (x + y).is_multiple_of(3),
        };
        if is_ink { fg } else { bg }
    };
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width * CELL.0, height * CELL.1, pixel);
    picture.detect_grids().first().and_then(|grid| grid.decode().ok()).map(|(_, text)| text)
}

/// Whether there is something of a picture on the screen.
fn has_picture(buffer: &Buffer) -> bool {
    let is_drawn = |cell: &Cell| {
        matches!(cell.symbol(), "█" | "▀" | "▄")
            || cell.modifier.contains(Modifier::REVERSED)
            || cell.bg != Color::Reset
    };
    buffer.content.iter().any(is_drawn)
}

#[test]
fn a_decoder_reads_the_picture_at_every_size_at_which_it_is_there() {
    let dark = Theme::default();
    let themes = [
        (dark, true),
        (dark, false),
        (Theme { depth: Depth::True, ..dark }, true),
        (Theme { depth: Depth::Indexed, ..dark }, false),
        (Theme { depth: Depth::None, ..dark }, true),
        (Theme { depth: Depth::None, palette: Palette::Light, ..dark }, false),
        (Theme { charset: Charset::Ascii, ..dark }, true),
        (Theme { charset: Charset::Ascii, depth: Depth::None, ..dark }, true),
        (Theme { charset: Charset::Ascii, depth: Depth::None, palette: Palette::Light, ..dark }, false),
    ];
    let mut program = offered(&OAUTH);
    program.press("2");
    show_code(&mut program, 1_200);
    for (theme, is_dark_terminal) in themes {
        let mut sizes = Vec::new();
        for size in [(20, 5), (40, 12), (40, 40), (60, 24), (80, 20), (80, 24), (100, 36), (120, 40)] {
            let buffer = program.sized(size.0, size.1).draw(theme);
            let read = scanned(&buffer, is_dark_terminal);
            assert_eq!(read.is_some(), has_picture(&buffer), "{theme:?} {size:?}");
            if let Some(read) = read {
                assert_eq!(read, format!("{LINK}?code=ABC-DEF"));
                sizes.push(size);
            }
            let screen = program.screen_with(theme);
            assert!(screen.contains("ABC-DEF"), "{screen}");
        }
        let expected = match theme.charset {
            Charset::Unicode => vec![(40, 40), (60, 24), (80, 20), (80, 24), (100, 36), (120, 40)],
            Charset::Ascii => vec![(100, 36), (120, 40)],
        };
        assert_eq!(sizes, expected, "{theme:?}");
    }
}

#[test]
fn one_key_switches_between_browser_and_code() {
    let mut program = offered(&OAUTH);
    program.press("1");
    show_address(&mut program);
    assert_snapshot!("sign_in_browser", program.screen());
    let browse = |way| SignInAction::Browse { way, user: "@me:example.org".to_owned() };
    program.key(KeyCode::Tab);
    assert_eq!(*last(&program), browse(Way::DeviceCode));
    show_code(&mut program, 60);
    program.key(KeyCode::Tab);
    assert_eq!(*last(&program), browse(Way::Browser));

    let mut program = offered(&[sso("Google"), Way::Token]);
    program.press("1");
    show_address(&mut program);
    let actions = program.form_actions.len();
    program.key(KeyCode::Tab);
    assert_eq!(program.form_actions.len(), actions, "single sign-on has no code");
}

#[test]
fn the_address_at_which_the_browser_ended_is_pasted_into_the_form() {
    let mut program = offered(&OAUTH);
    program.press("1");
    show_address(&mut program);
    assert!(program.screen().contains("in the browser that opens"), "{}", program.screen());
    program.paste("http://127.0.0.1:4000/callback?code=c0de&state=s\n");
    assert!(!program.screen().contains("c0de"), "a code is a secret: {}", program.screen());
    program.key(KeyCode::Enter);
    let address = "http://127.0.0.1:4000/callback?code=c0de&state=s".to_owned();
    assert_eq!(*last(&program), SignInAction::Redirected(address));
    assert!(!format!("{:?}", program.form_actions).contains("c0de"));
    program.form().on_problem("this address is of another sign-in.".to_owned());
    assert!(program.screen().contains("This address is of another sign-in"), "{}", program.screen());
}

#[test]
fn the_line_to_paste_into_is_in_sight_however_long_the_address_is() {
    let mut program = offered(&OAUTH);
    program.press("1");
    let address = format!("{AUTHORIZE}&scope={}", "x".repeat(400));
    let visit = Visit { scan: address.clone(), address, code: None, opens: false, problem: None };
    program.form().on_visit(visit);
    for (columns, rows) in [(20, 5), (40, 12), (60, 12), (80, 24)] {
        program.sized(columns, rows).paste("x");
        assert!(program.screen().contains("▌ Address"), "{}", program.screen());
        program.form().on_problem("this address is of another sign-in.".to_owned());
        assert!(program.screen().contains("▌ Address"), "{}", program.screen());
        assert!(program.screen().contains("This address is"), "{}", program.screen());
    }
}

#[test]
fn escape_stops_at_once_and_goes_one_step_back() {
    let mut program = offered(&OAUTH);
    program.press("2");
    show_code(&mut program, 60);
    program.key(KeyCode::Esc);
    assert_eq!(*last(&program), SignInAction::Cancel);
    assert!(program.screen().contains("Code for a browser on any machine"), "{}", program.screen());
    program.key(KeyCode::Esc);
    assert!(program.screen().contains("▌ Homeserver or user ID  @me:example.org"), "{}", program.screen());
    program.key(KeyCode::Esc);
    assert_eq!(*last(&program), SignInAction::Quit);
}

#[test]
fn a_refusal_in_the_browser_leads_back_to_the_list() {
    let mut program = offered(&OAUTH);
    program.press("2");
    show_code(&mut program, 60);
    program.form().on_failed("You refused the sign-in in the browser.".to_owned());
    assert_snapshot!("sign_in_refused", program.screen());
}

/// The form after the server has ended a session of this kind.
fn ended(kind: SessionKind) -> Program {
    let mut program = Program::live();
    program.session.kind = kind;
    program.tell(Update::SignedOut);
    program
}

#[test]
fn a_session_that_the_server_ended_leads_to_the_form_with_everything_filled_in() {
    let mut program = ended(SessionKind::Password);
    assert_eq!(
        program.form().opening(),
        Some(SignInAction::Find { server: "https://matrix.example.org/".to_owned() })
    );
    program.offers(&[sso("Google"), Way::Password, Way::Token]);
    assert_snapshot!("a_session_that_the_server_ended_leads_back_to_the_form", program.screen());

    let mut program = Program::live();
    program.session.kind = SessionKind::Sso;
    program.session.provider = Some("oidc-Keycloak".to_owned());
    program.tell(Update::SignedOut).offers(&[Way::Password, sso("Google"), sso("Keycloak"), Way::Token]);
    assert!(program.screen().contains("▌ 3  Single sign-on with Keycloak"), "{}", program.screen());
    assert!(program.screen().contains("The server has ended this session"), "{}", program.screen());
    program.key(KeyCode::Enter);
    assert!(matches!(last(&program), SignInAction::Browse { user, .. } if user == "@me:example.org"));
}

#[test]
fn another_server_forgets_the_user_of_the_one_before() {
    let mut program = ended(SessionKind::Oauth);
    program.offers(&OAUTH).key(KeyCode::Esc);
    for _ in 0..40 {
        program.key(KeyCode::Backspace);
    }
    program.press("example.com").key(KeyCode::Enter).offers(&OAUTH).press("1");
    assert_eq!(*last(&program), SignInAction::Browse { way: Way::Browser, user: String::new() });
}

#[test]
fn the_words_of_a_lifetime_change_when_they_say() {
    let mut now = Timestamp::UNIX_EPOCH;
    let expires_at = now + SignedDuration::from_secs(300);
    let mut words = Vec::new();
    while now < expires_at {
        let (shown, changes_at) = whosin::ui::sign_in::lifetime(expires_at, now);
        assert!(changes_at > now, "{shown}");
        let before = changes_at - SignedDuration::from_millis(1);
        assert_eq!(whosin::ui::sign_in::lifetime(expires_at, before).0, shown);
        words.push(shown);
        now = changes_at;
    }
    assert_eq!(words[..5], ["5 minutes", "4 minutes", "3 minutes", "2 minutes", "119 s"]);
}
