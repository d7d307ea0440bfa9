//! The program without a terminal and a server: input and updates in, pictures out.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedUserId, RoomId, UserId};
use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthStr;
use whosin::{
    cli::config::{Config, changed, parse},
    model::{
        Model, Saved,
        connection::Connection,
        credentials::Way,
        event::{
            Account, Answer, Command, Effect, Event, Greeting, Member, ProfileAnswer, RoomChange, Synced,
            Update,
        },
        preferences::ListPreferences,
        presence::{Presence, PresenceEvent, Status},
        session::{SavedSession, SessionKind, TokenStore, Tokens},
    },
    ui::{
        screen::{Action, Input, Screen, Target},
        settings::Setting,
        sign_in::{Offer, SignIn, SignInAction},
        theme::Theme,
        view::{self, Ctx, Drawn},
    },
};

/// The program between two events.
#[derive(Debug)]
pub(super) struct Program {
    stage: Stage,
    pub(super) now: Timestamp,
    pub(super) size: (u16, u16),
    /// What the model wants done.
    pub(super) effects: Vec<Effect>,
    /// What the screen wants of the terminal.
    pub(super) actions: Vec<Action>,
    /// What the person asks for at the sign-in form.
    pub(super) form_actions: Vec<SignInAction>,
    /// The configuration file.
    pub(super) toml: String,
    /// The session, for when the server ends it.
    pub(super) session: SavedSession,
}

/// What is on the screen.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one")]
enum Stage {
    SignIn(SignIn),
    Dashboard(Model, Screen),
}

impl Program {
    pub(super) fn signed_out() -> Self {
        Self::at(Stage::SignIn(SignIn::default()))
    }

    pub(super) fn started() -> Self {
        Self::started_with(&Config::default())
    }

    /// Live with a configuration of one's own.
    pub(super) fn configured(toml: &str) -> Self {
        let mut program = Self::started_with(&parse(toml).unwrap());
        toml.clone_into(&mut program.toml);
        program.on_connected(true).synced(initial_sync()).members(0).echo(Presence::Online, "in the garden");
        program
    }

    /// The same on a usual terminal, with rooms that have names.
    pub(super) fn with_named_rooms(toml: &str) -> Self {
        let mut program = Self::configured(toml);
        let named =
            |id: &str, name: &str| (RoomId::parse(id).unwrap(), vec![RoomChange::Named(Some(name.into()))]);
        let rooms = vec![named("!all:example.org", "Workshop"), named("!direct:example.org", "Tea kitchen")];
        program.sized(80, 24).synced(Synced { rooms, ..Synced::default() });
        program
    }

    /// Starts with the list as it was left.
    pub(super) fn left(toml: &str, list: ListPreferences) -> Self {
        let mut program = Self::started();
        program.change(Event::Command(Command::LeaveList(list)));
        let Stage::Dashboard(model, screen) = &mut program.stage else { panic!("signed out") };
        *screen = Screen::new(model, SIZE, TimeZone::UTC, &parse(toml).unwrap().screen());
        program
    }

    pub(super) fn started_with(config: &Config) -> Self {
        let account = Account {
            user_id: UserId::parse("@me:example.org").unwrap(),
            homeserver: "https://matrix.example.org/".into(),
            device_id: "ME".into(),
            in_the_clear: false,
        };
        let model = Model::new(account, config.settings(), Saved::default());
        let screen = Screen::new(&model, SIZE, TimeZone::UTC, &config.screen());
        Self::at(Stage::Dashboard(model, screen))
    }

    fn at(stage: Stage) -> Self {
        let now = "2026-11-24T14:02:10Z".parse().unwrap();
        let (effects, actions, form_actions) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            stage,
            now,
            size: SIZE,
            effects,
            actions,
            form_actions,
            toml: String::new(),
            session: session(),
        }
    }

    /// Signed in, with contacts in every state.
    pub(super) fn live() -> Self {
        Self::live_on(true)
    }

    pub(super) fn live_on(busy_offered: bool) -> Self {
        let mut program = Self::started();
        program.on_connected(busy_offered).synced(initial_sync()).members(0);
        program.echo(Presence::Online, "in the garden");
        program
    }

    #[track_caller]
    pub(super) fn dashboard(&self) -> (&Model, &Screen) {
        match &self.stage {
            Stage::Dashboard(model, screen) => (model, screen),
            Stage::SignIn(_) => panic!("signed out"),
        }
    }

    pub(super) fn model(&self) -> &Model {
        self.dashboard().0
    }

    /// When something changes although nothing happens.
    pub(super) fn wake(&self) -> Option<Timestamp> {
        let (model, screen) = self.dashboard();
        [model.wake(self.now), screen.wake(model, self.now)].into_iter().flatten().min()
    }
}

/// What happens.
impl Program {
    pub(super) fn event(&mut self, event: Event) -> &mut Self {
        self.change(event);
        self.follow();
        self
    }

    pub(super) fn input(&mut self, input: Input) -> &mut Self {
        if let Input::Resize(columns, rows) = input {
            self.size = (columns, rows);
        }
        match (&mut self.stage, input) {
            (Stage::Dashboard(model, screen), input) => {
                let actions = screen.update(input, model, self.now);
                self.carry_out(actions);
                self.follow();
            }
            (Stage::SignIn(form), Input::Key(key)) => self.form_actions.extend(form.press(&key)),
            (Stage::SignIn(form), Input::Paste(text)) => form.paste(&text),
            (Stage::SignIn(_), _) => {}
        }
        self
    }

    fn change(&mut self, event: Event) {
        let Stage::Dashboard(model, _) = &mut self.stage else { panic!("signed out") };
        self.effects.extend(model.update(event, self.now));
        if *model.connection() == Connection::SignedOut {
            self.stage = Stage::SignIn(SignIn::again(self.session.clone()));
        }
    }

    /// Shows the model as it has become.
    fn follow(&mut self) {
        if let Stage::Dashboard(model, screen) = &mut self.stage {
            let actions = screen.refresh(model, self.now);
            self.carry_out(actions);
        }
    }

    fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Command(command) => self.change(Event::Command(command)),
                Action::Keep(setting) => {
                    self.keep(&setting);
                    self.actions.push(Action::Keep(setting));
                }
                action => self.actions.push(action),
            }
        }
    }

    /// Keeps a setting as the dashboard does.
    fn keep(&mut self, setting: &Setting) {
        let toml = changed(&self.toml, setting);
        let Stage::Dashboard(model, screen) = &mut self.stage else { panic!("signed out") };
        match toml {
            Ok(toml) => {
                let config = parse(&toml).unwrap();
                self.effects.extend(model.update(Event::Settings(Box::new(config.settings())), self.now));
                let actions = screen.configure(&config.screen(), model);
                screen.on_kept(setting, true);
                self.toml = toml;
                self.carry_out(actions);
            }
            Err(error) => screen.on_not_kept(setting, &error.to_string(), self.now),
        }
    }

    #[track_caller]
    pub(super) fn form(&mut self) -> &mut SignIn {
        let Stage::SignIn(form) = &mut self.stage else { panic!("signed in") };
        form
    }

    /// The server offers these ways to sign in, and tokens that expire where it has OAuth 2.0.
    pub(super) fn offers(&mut self, ways: &[Way]) -> &mut Self {
        let (server, ways) = ("matrix.example.org".to_owned(), ways.to_vec());
        let tokens_expire = ways.contains(&Way::Browser);
        let actions = self.form().on_found(Offer { server, ways, tokens_expire });
        self.form_actions.extend(actions);
        self
    }

    pub(super) fn tell(&mut self, update: Update) -> &mut Self {
        self.event(Event::Update(update))
    }

    pub(super) fn on_connected(&mut self, busy_offered: bool) -> &mut Self {
        let own = Status { status_msg: Some("in the garden".into()), ..Status::new(Presence::Offline) };
        self.tell(Update::Connected(Greeting { busy_offered, own: Some(own.into()), ..Greeting::default() }))
    }

    pub(super) fn synced(&mut self, synced: Synced) -> &mut Self {
        self.tell(Update::Synced(synced))
    }

    pub(super) fn members(&mut self, missing: usize) -> &mut Self {
        let member = |(name, displayname): &(&str, &str)| Member {
            user_id: UserId::parse(format!("@{name}:example.org")).unwrap(),
            displayname: Some((*displayname).into()),
        };
        let everyone = PEOPLE.iter().map(member).collect();
        let direct = PEOPLE[..3].iter().map(member).collect();
        let rooms = vec![
            (RoomId::parse("!all:example.org").unwrap(), everyone),
            (RoomId::parse("!direct:example.org").unwrap(), direct),
        ];
        self.tell(Update::Members { rooms, missing, failed: 0, position: None })
    }

    pub(super) fn echo(&mut self, presence: Presence, message: &str) -> &mut Self {
        self.synced(Synced { presence: vec![event("me", presence, message, 0)], ..Synced::default() })
    }

    pub(super) fn lost(&mut self) -> &mut Self {
        let reason =
            "matrix.example.org takes no connection. The server may be down; try again later.".into();
        self.tell(Update::Lost { reason, retry_in: Duration::from_secs(8) })
    }

    pub(super) fn answered(&mut self, answer: Answer) -> &mut Self {
        self.tell(Update::Published(answer))
    }

    pub(super) fn after(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self.event(Event::Clock)
    }

    /// Presses keys one by one, each after the quiet moment that the one before waits for.
    pub(super) fn press(&mut self, keys: &str) -> &mut Self {
        for c in keys.chars() {
            self.key(KeyCode::Char(c));
        }
        self
    }

    pub(super) fn key(&mut self, code: KeyCode) -> &mut Self {
        if let Stage::Dashboard(..) = self.stage {
            self.now += SignedDuration::from_millis(700);
        }
        self.type_key(code);
        if self.dashboard_is_holding() {
            self.now += SignedDuration::from_millis(700);
            self.input(Input::Quiet);
        }
        self
    }

    /// Presses a key at this very moment.
    pub(super) fn type_key(&mut self, code: KeyCode) -> &mut Self {
        self.input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    /// Selects a contact, wherever the list has it.
    pub(super) fn select(&mut self, name: &str) -> &mut Self {
        let user_id = UserId::parse(format!("@{name}:example.org")).unwrap();
        self.input(Input::Click(Some(Target::Contact(user_id))))
    }

    fn dashboard_is_holding(&self) -> bool {
        matches!(&self.stage, Stage::Dashboard(_, screen) if screen.held().is_some())
    }

    pub(super) fn paste(&mut self, text: &str) -> &mut Self {
        self.input(Input::Paste(text.to_owned()))
    }

    pub(super) fn sized(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.input(Input::Resize(columns, rows))
    }
}

/// What is seen.
impl Program {
    pub(super) fn draw(&self, theme: Theme) -> Buffer {
        self.picture(theme).0
    }

    /// The picture, and what of it can be clicked.
    pub(super) fn picture(&self, theme: Theme) -> (Buffer, Drawn) {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        let mut buffer = Buffer::empty(area);
        let drawn = match &self.stage {
            Stage::SignIn(form) => view::draw_sign_in(form, theme, self.now, area, &mut buffer),
            Stage::Dashboard(model, screen) => {
                view::draw(&Ctx::new(model, screen, theme, self.now), area, &mut buffer)
            }
        };
        (buffer, drawn)
    }

    /// The screen as text, without the blanks at the ends of its lines.
    pub(super) fn screen(&self) -> String {
        self.screen_with(Theme::default())
    }

    pub(super) fn screen_with(&self, theme: Theme) -> String {
        let buffer = self.draw(theme);
        let line = |y| {
            let mut line = String::new();
            let mut x = 0;
            while x < self.size.0 {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                // The cell after a wide character is covered by it.
                x += u16::try_from(symbol.width()).unwrap().max(1);
            }
            line
        };
        (0..self.size.1).map(|y| line(y).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn line(&self, number: usize) -> String {
        self.screen().lines().nth(number).unwrap_or_default().to_owned()
    }
}

fn session() -> SavedSession {
    SavedSession {
        homeserver: "https://matrix.example.org/".to_owned(),
        user_id: UserId::parse("@me:example.org").unwrap(),
        device_id: "ME".into(),
        kind: SessionKind::Password,
        client_id: None,
        provider: None,
        token_store: TokenStore::File,
        tokens: Tokens::from_access_token("secret".to_owned()),
    }
}

const SIZE: (u16, u16) = (80, 20);

const PEOPLE: [(&str, &str); 11] = [
    ("bob", "Bob"),
    ("carol", "Carol"),
    ("dave", "Dave"),
    ("ada", "Ada"),
    ("ada2", "Ada"),
    ("erin", "Erin"),
    ("wang", "王小明 🦊"),
    ("grumpy", "Grumpy"),
    ("evil", "\u{1b}[31mEve\u{202e}\nil"),
    ("gone", "Gone"),
    ("silent", "Silent"),
];

pub(super) fn event(name: &str, presence: Presence, message: &str, minutes: u64) -> PresenceEvent {
    let content = Status {
        presence,
        status_msg: Some(message.into()).filter(|_| !message.is_empty()),
        last_active_ago: Some(minutes * 60_000),
        currently_active: minutes == 0,
    };
    PresenceEvent { sender: UserId::parse(format!("@{name}:example.org")).unwrap(), content }
}

pub(super) fn initial_sync() -> Synced {
    let room = RoomId::parse("!direct:example.org").unwrap();
    let direct = ["bob", "carol", "dave"]
        .map(|name| (UserId::parse(format!("@{name}:example.org")).unwrap(), vec![room.clone()]));
    Synced {
        initial: true,
        direct: Some(direct.into()),
        presence: vec![
            event("bob", Presence::Online, "", 0),
            event("carol", Presence::Busy, "in a call", 4),
            event("dave", Presence::Unavailable, "lunch", 26),
            event("ada", Presence::Online, "writing the quarterly report, please do not ask me about it", 2),
            event("ada2", Presence::Busy, "", 0),
            event("wang", Presence::Unavailable, "午休 🍜", 190),
            event("grumpy", Presence::Other("org.example.do-not-disturb".into()), "no", 70),
            event("evil", Presence::Online, "\u{1b}]0;pwned\u{7}\r\nhi", 1),
            event("gone", Presence::Offline, "gone home", 3_000),
        ],
        ..Synced::default()
    }
}

/// The answer to a look-up of a profile that has a time zone alone.
pub fn profile(user_id: OwnedUserId, time_zone: Option<TimeZone>) -> Update {
    Update::Profile { user_id, answer: ProfileAnswer::Found { profile: Box::default(), time_zone } }
}
