//! The sign-in form: the server first, then only the ways that it offers.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use whosin::{
    model::{
        credentials::{Credentials, Provider, Secret, Way},
        event::Update,
        session::SessionKind,
    },
    ui::{
        sign_in::{Asked, Visit},
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

fn last(program: &Program) -> &Asked {
    program.form_asked.last().expect("the form has asked for something")
}

fn show_code(program: &mut Program, good_for: i64) {
    let expires_at = program.now + SignedDuration::from_secs(good_for);
    let code = Some(("ABC-DEF".to_owned(), expires_at));
    let scan = format!("{LINK}?code=ABC-DEF");
    program.form().on_visit(Visit { address: LINK.to_owned(), scan, code, problem: None });
}

fn show_address(program: &mut Program) {
    let address = AUTHORIZE.to_owned();
    program.form().on_visit(Visit { scan: address.clone(), address, code: None, problem: None });
}

#[test]
fn the_server_is_asked_before_anything_else_is() {
    let mut program = Program::signed_out();
    assert_snapshot!("sign_in", program.screen());
    program.key(KeyCode::Enter);
    assert!(program.screen().contains("Type your user ID"), "{}", program.screen());
    program.press("@me:example.org").key(KeyCode::Enter);
    assert_eq!(*last(&program), Asked::Find { server: "@me:example.org".to_owned() });
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
        assert_eq!(*last(&program), Asked::Browse { way, user }, "{keys}");
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
    assert_eq!(*last(&program), Asked::SignIn(credentials));
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
    assert!(matches!(last(&program), Asked::SignIn(it) if it.user == "me"), "{:?}", program.form_asked);
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
    assert_eq!(waits, Some("2026-11-24T14:02:11Z".parse().unwrap()), "then it is 19 minutes");
    show_code(&mut program, 59);
    assert!(program.screen().contains("good for 59 s"), "{}", program.screen());
    program.key(KeyCode::Enter);
    assert_eq!(*last(&program), Asked::Open(LINK.to_owned()));
}

#[test]
fn a_picture_is_whole_or_not_there_at_every_size() {
    let themes = [
        Theme::default(),
        Theme { depth: Depth::None, ..Theme::default() },
        Theme { depth: Depth::None, palette: Palette::Light, ..Theme::default() },
        Theme { charset: Charset::Ascii, ..Theme::default() },
    ];
    let mut program = offered(&OAUTH);
    program.press("2");
    show_code(&mut program, 1_200);
    for theme in themes {
        let mut seen = 0;
        for (columns, rows) in (20..140).step_by(5).flat_map(|c| (5..45).map(move |r| (c, r))) {
            let screen = program.sized(columns, rows).screen_with(theme);
            let is_drawn = |line: &&str| line.contains(['█', '▀', '▄']) || line.contains("##");
            let drawn = screen.lines().filter(is_drawn).count();
            // The address with its code has 29 modules a side and a margin of two.
            let whole = if theme.charset == Charset::Ascii { 33 } else { 17 };
            let is_whole = drawn == whole || drawn + 1 == whole || drawn + 2 == whole || drawn + 4 == whole;
            assert!(drawn == 0 || is_whole, "{drawn} rows at {columns}×{rows}\n{screen}");
            seen += usize::from(drawn > 0);
            if rows > 10 {
                assert!(screen.contains("ABC-DEF"), "{columns}×{rows}\n{screen}");
            }
        }
        assert!(seen > 0, "{theme:?}");
    }
}

#[test]
fn one_key_switches_between_browser_and_code() {
    let mut program = offered(&OAUTH);
    program.press("1");
    show_address(&mut program);
    assert_snapshot!("sign_in_browser", program.screen());
    let browse = |way| Asked::Browse { way, user: "@me:example.org".to_owned() };
    program.key(KeyCode::Tab);
    assert_eq!(*last(&program), browse(Way::DeviceCode));
    show_code(&mut program, 60);
    program.key(KeyCode::Tab);
    assert_eq!(*last(&program), browse(Way::Browser));

    let mut program = offered(&[sso("Google"), Way::Token]);
    program.press("1");
    show_address(&mut program);
    let asked = program.form_asked.len();
    program.key(KeyCode::Tab);
    assert_eq!(program.form_asked.len(), asked, "single sign-on has no code");
}

#[test]
fn the_address_at_which_the_browser_ended_is_pasted_into_the_form() {
    let mut program = offered(&OAUTH);
    program.press("1");
    show_address(&mut program);
    program.paste("http://127.0.0.1:4000/callback?code=c0de&state=s\n").key(KeyCode::Enter);
    let address = "http://127.0.0.1:4000/callback?code=c0de&state=s".to_owned();
    assert_eq!(*last(&program), Asked::Redirected(address));
    assert!(!format!("{:?}", program.form_asked).contains("c0de"));
    program.form().on_problem("this address is of another sign-in.".to_owned());
    assert!(program.screen().contains("This address is of another sign-in"), "{}", program.screen());
}

#[test]
fn escape_stops_at_once_and_goes_one_step_back() {
    let mut program = offered(&OAUTH);
    program.press("2");
    show_code(&mut program, 60);
    program.key(KeyCode::Esc);
    assert_eq!(*last(&program), Asked::Cancel);
    assert!(program.screen().contains("Code for a browser on any machine"), "{}", program.screen());
    program.key(KeyCode::Esc);
    assert!(program.screen().contains("▌ Homeserver or user ID  @me:example.org"), "{}", program.screen());
    program.key(KeyCode::Esc);
    assert_eq!(*last(&program), Asked::Quit);
}

#[test]
fn a_refusal_in_the_browser_leads_back_to_the_list() {
    let mut program = offered(&OAUTH);
    program.press("2");
    show_code(&mut program, 60);
    program.form().on_failed("the sign-in was refused in the browser.".to_owned());
    assert_snapshot!("sign_in_refused", program.screen());
}

/// The form after the server has ended a session of this kind.
fn ended(kind: SessionKind) -> Program {
    let mut program = Program::live();
    program.kind = kind;
    program.tell(Update::SignedOut);
    program
}

#[test]
fn a_session_that_the_server_ended_leads_to_the_form_with_everything_filled_in() {
    let mut program = ended(SessionKind::Password);
    assert_eq!(
        program.form().opening(),
        Some(Asked::Find { server: "https://matrix.example.org/".to_owned() })
    );
    program.offers(&[sso("Google"), Way::Password, Way::Token]);
    assert_snapshot!("a_session_that_the_server_ended_leads_back_to_the_form", program.screen());

    let mut program = ended(SessionKind::Sso);
    program.offers(&[Way::Password, sso("Google"), Way::Token]);
    assert!(program.screen().contains("▌ 2  Single sign-on with Google"), "{}", program.screen());
    assert!(program.screen().contains("The server has ended this session"), "{}", program.screen());
    program.key(KeyCode::Enter);
    assert!(matches!(last(&program), Asked::Browse { user, .. } if user == "@me:example.org"));
}

#[test]
fn another_server_forgets_the_user_of_the_one_before() {
    let mut program = ended(SessionKind::Oauth);
    program.offers(&OAUTH).key(KeyCode::Esc);
    for _ in 0..40 {
        program.key(KeyCode::Backspace);
    }
    program.press("example.com").key(KeyCode::Enter).offers(&OAUTH).press("1");
    assert_eq!(*last(&program), Asked::Browse { way: Way::Browser, user: String::new() });
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
