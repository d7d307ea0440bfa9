//! The decoder of the terminal's input: keys, the mouse and pasted text.
//!
//! A terminal also sends what nobody has typed: answers to questions, and sequences that nobody here knows. Their form
//! (ECMA-48) says where they end. So each is dropped as a whole, however it is split. crossterm takes the rest of an
//! unknown sequence for keys: the `b` of `rgb:` in an answer about a color would make busy.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

/// The longest parameters of a sequence that is of interest.
const PARAMETERS: usize = 32;
/// The longest text that is pasted. Of a longer one, the rest is lost.
const PASTE: usize = 1 << 20;
/// Ends pasted text.
const PASTE_END: &[u8] = b"\x1b[201~";

const ESCAPE: u8 = 0x1b;

/// Turns bytes into events. A sequence may come in several reads.
#[derive(Default)]
pub struct Decoder {
    state: State,
    events: Vec<Event>,
    background: Option<(u8, u8, u8)>,
}

/// What the bytes so far are the start of.
#[derive(Default)]
enum State {
    #[default]
    Nothing,
    /// A character of more than one byte.
    Character(Vec<u8>),
    Escape,
    /// Escape was taken for the key, but may have been the start of a sequence.
    AfterEscape,
    /// `ESC O`, before one character.
    Single,
    /// `ESC [`, with parameters.
    Sequence(Vec<u8>),
    /// Text for programs, such as an answer about colors, and whether its end has begun.
    Text(Vec<u8>, bool),
    /// A report of the mouse in three bytes.
    Mouse(Vec<u8>),
    Paste(Vec<u8>),
}

impl Decoder {
    /// Decodes the bytes of one read.
    pub fn decode(&mut self, bytes: &[u8]) -> Vec<Event> {
        for byte in bytes {
            self.state = self.step(*byte);
        }
        if matches!(self.state, State::Escape) {
            self.press(KeyCode::Esc, KeyModifiers::NONE);
            self.state = State::AfterEscape;
        }
        std::mem::take(&mut self.events)
    }

    /// Returns whether the next bytes may belong to the last ones.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !matches!(self.state, State::Nothing)
    }

    /// Gives up waiting for the end of a sequence.
    pub fn expire(&mut self) -> Vec<Event> {
        if let State::Paste(text) = std::mem::take(&mut self.state) {
            self.paste(&text);
        }
        std::mem::take(&mut self.events)
    }

    fn step(&mut self, byte: u8) -> State {
        match std::mem::take(&mut self.state) {
            State::Nothing => self.begin(byte),
            State::Character(bytes) => self.character(bytes, byte),
            State::Escape => self.escape(byte),
            State::AfterEscape => match byte {
                b'[' | b']' | b'O' | b'P' | b'_' | b'^' | b'X' => self.escape(byte),
                _ => self.begin(byte),
            },
            State::Single => self.single(byte),
            State::Sequence(parameters) => self.sequence(parameters, byte),
            State::Text(mut text, ends) => match byte {
                b'\\' if ends => self.answer(&text),
                ESCAPE => State::Text(text, true),
                // BEL
                7 => self.answer(&text),
                _ if ends => self.escape(byte),
                // No text contains these: it was none, and this is a key.
                0..0x20 => self.begin(byte),
                _ => {
                    if text.len() < PARAMETERS {
                        text.push(byte);
                    }
                    State::Text(text, false)
                }
            },
            State::Mouse(mut bytes) => {
                bytes.push(byte);
                let [button, column, row] = bytes[..] else { return State::Mouse(bytes) };
                self.mouse([button, column, row].map(|byte| u16::from(byte.saturating_sub(32))), true);
                State::Nothing
            }
            State::Paste(mut text) => {
                text.push(byte);
                if text.ends_with(PASTE_END) {
                    self.paste(&text[..text.len() - PASTE_END.len()]);
                    return State::Nothing;
                }
                if text.len() > PASTE {
                    text.drain(PASTE / 2..text.len() - PASTE_END.len());
                }
                State::Paste(text)
            }
        }
    }

    /// Handles a complete text. Only one answer is of interest: the color of the background.
    fn answer(&mut self, text: &[u8]) -> State {
        self.background = background(text).or(self.background);
        State::Nothing
    }

    /// Returns the color of the background that the terminal has told since the last call.
    pub(crate) fn take_background(&mut self) -> Option<(u8, u8, u8)> {
        self.background.take()
    }

    /// Handles a byte outside of a sequence.
    fn begin(&mut self, byte: u8) -> State {
        match byte {
            ESCAPE => return State::Escape,
            0 => self.press(KeyCode::Char(' '), KeyModifiers::CONTROL),
            b'\r' => self.press(KeyCode::Enter, KeyModifiers::NONE),
            b'\t' => self.press(KeyCode::Tab, KeyModifiers::NONE),
            0x7f => self.press(KeyCode::Backspace, KeyModifiers::NONE),
            0x01..=0x1a => self.press(KeyCode::Char(char::from(byte - 1 + b'a')), KeyModifiers::CONTROL),
            0x1c..=0x1f => self.press(KeyCode::Char(char::from(byte - 0x1c + b'4')), KeyModifiers::CONTROL),
            0x20..0x7f => self.letter(char::from(byte), KeyModifiers::NONE),
            0x80..=0x9f => return Self::control(byte),
            0xc2..=0xf4 => return State::Character(vec![byte]),
            _ => {}
        }
        State::Nothing
    }

    /// Begins a sequence by a control character of eight bits.
    fn control(byte: u8) -> State {
        match byte {
            0x9b => State::Sequence(Vec::new()),
            0x90 | 0x98 | 0x9d..=0x9f => State::Text(Vec::new(), false),
            _ => State::Nothing,
        }
    }

    fn character(&mut self, mut bytes: Vec<u8>, byte: u8) -> State {
        if !matches!(byte, 0x80..=0xbf) {
            return self.begin(byte);
        }
        bytes.push(byte);
        match std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
            Some(c @ '\u{80}'..='\u{9f}') => return Self::control(u8::try_from(c).unwrap_or_default()),
            Some(c) => self.letter(c, KeyModifiers::NONE),
            None if bytes.len() < 4 => return State::Character(bytes),
            None => {}
        }
        State::Nothing
    }

    fn escape(&mut self, byte: u8) -> State {
        match byte {
            b'[' => return State::Sequence(Vec::new()),
            b'O' => return State::Single,
            b']' | b'P' | b'_' | b'^' | b'X' => return State::Text(Vec::new(), false),
            ESCAPE => {
                self.press(KeyCode::Esc, KeyModifiers::NONE);
                return State::Escape;
            }
            0x20..0x7f => self.letter(char::from(byte), KeyModifiers::ALT),
            _ => {
                self.state = self.begin(byte);
                if let Some(Event::Key(key)) = self.events.last_mut().filter(|_| byte < 0x80) {
                    key.modifiers |= KeyModifiers::ALT;
                }
                return std::mem::take(&mut self.state);
            }
        }
        State::Nothing
    }

    fn single(&mut self, byte: u8) -> State {
        match byte {
            b'P'..=b'S' => self.press(KeyCode::F(byte - b'P' + 1), KeyModifiers::NONE),
            0x20..0x7f => self.cursor(byte, KeyModifiers::NONE),
            _ => return self.begin(byte),
        }
        State::Nothing
    }

    fn sequence(&mut self, mut parameters: Vec<u8>, byte: u8) -> State {
        match byte {
            // A longer one is none of those known here.
            0x20..=0x3f if parameters.len() >= PARAMETERS => State::Sequence(parameters),
            0x20..=0x3f => {
                parameters.push(byte);
                State::Sequence(parameters)
            }
            b'M' if parameters.is_empty() => State::Mouse(Vec::new()),
            b'~' if parameters == b"200" => State::Paste(Vec::new()),
            0x40..0x7f => {
                self.end(&parameters, byte);
                State::Nothing
            }
            _ => self.begin(byte),
        }
    }

    /// Handles a complete sequence. Unknown ones have no effect.
    fn end(&mut self, parameters: &[u8], last: u8) {
        let mouse = parameters.strip_prefix(b"<");
        let Some(numbers) = numbers(mouse.unwrap_or(parameters)) else { return };
        if let ([button, column, row], b'M' | b'm') = (&numbers[..], last) {
            // Without the `<`, buttons count from the first character that can be shown.
            let button = if mouse.is_some() { *button } else { button.saturating_sub(32) };
            self.mouse([button, *column, *row], last == b'M');
        }
        if mouse.is_some() {
            return;
        }
        let modifiers = modifiers(numbers.get(1).copied().unwrap_or(1));
        match (last, &numbers[..]) {
            (b'~', [number] | [number, _]) => self.function(*number, modifiers),
            // Another first number is a report of the cursor or of something else.
            (_, [] | [0 | 1] | [1, _]) => self.cursor(last, modifiers),
            (b'u', [code] | [code, _]) => match char::from_u32(u32::from(*code)) {
                Some('\u{1b}') => self.press(KeyCode::Esc, modifiers),
                Some('\r') => self.press(KeyCode::Enter, modifiers),
                Some('\t') => self.press(KeyCode::Tab, modifiers),
                Some('\u{7f}') => self.press(KeyCode::Backspace, modifiers),
                Some(c) if !c.is_control() => self.letter(c, modifiers),
                _ => {}
            },
            _ => {}
        }
    }

    /// Handles a key by the last byte of its sequence. `R` is left out: it reports where the cursor is.
    fn cursor(&mut self, last: u8, modifiers: KeyModifiers) {
        let code = match last {
            b'A' => KeyCode::Up,
            b'B' => KeyCode::Down,
            b'C' => KeyCode::Right,
            b'D' => KeyCode::Left,
            b'F' => KeyCode::End,
            b'H' => KeyCode::Home,
            b'P' => KeyCode::F(1),
            b'Q' => KeyCode::F(2),
            b'S' => KeyCode::F(4),
            b'Z' => return self.press(KeyCode::BackTab, modifiers | KeyModifiers::SHIFT),
            b'I' => return self.events.push(Event::FocusGained),
            b'O' => return self.events.push(Event::FocusLost),
            _ => return,
        };
        self.press(code, modifiers);
    }

    /// Handles a key by its number.
    fn function(&mut self, number: u16, modifiers: KeyModifiers) {
        let code = match number {
            1 | 7 => KeyCode::Home,
            2 => KeyCode::Insert,
            3 => KeyCode::Delete,
            4 | 8 => KeyCode::End,
            5 => KeyCode::PageUp,
            6 => KeyCode::PageDown,
            11..=15 => KeyCode::F(lower(number) - 10),
            17..=21 => KeyCode::F(lower(number) - 11),
            23..=26 => KeyCode::F(lower(number) - 12),
            28 | 29 => KeyCode::F(lower(number) - 13),
            31..=34 => KeyCode::F(lower(number) - 14),
            _ => return,
        };
        self.press(code, modifiers);
    }

    /// Handles a report of the mouse: a button with flags, column and row.
    fn mouse(&mut self, [button, column, row]: [u16; 3], is_pressed: bool) {
        let kind = match button & 0b1110_0011 {
            0 if is_pressed => MouseEventKind::Down(MouseButton::Left),
            64 => MouseEventKind::ScrollUp,
            65 => MouseEventKind::ScrollDown,
            _ => MouseEventKind::Moved,
        };
        let (column, row) = (column.saturating_sub(1), row.saturating_sub(1));
        self.events.push(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    fn paste(&mut self, text: &[u8]) {
        self.events.push(Event::Paste(String::from_utf8_lossy(text).into_owned()));
    }

    fn letter(&mut self, c: char, modifiers: KeyModifiers) {
        let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
        self.press(KeyCode::Char(c), modifiers | shift);
    }

    fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.events.push(Event::Key(KeyEvent::new(code, modifiers)));
    }
}

/// Returns the color in an answer such as `11;rgb:1e1e/1e1e/2e2e`. Each part has one to four hexadecimal digits.
fn background(text: &[u8]) -> Option<(u8, u8, u8)> {
    let color = std::str::from_utf8(text).ok()?.strip_prefix("11;rgb")?;
    let mut parts = color.strip_prefix("a:").or_else(|| color.strip_prefix(':'))?.split('/').map(|part| {
        let value = u32::from_str_radix(part, 16).ok().filter(|_| part.len() <= 4)?;
        let most = 16_u32.pow(u32::try_from(part.len()).ok()?) - 1;
        u8::try_from(value * 255 / most).ok()
    });
    Some((parts.next()??, parts.next()??, parts.next()??))
}

/// Returns the numbers of parameters, without what follows a colon. `None`: they are not only numbers.
fn numbers(parameters: &[u8]) -> Option<Vec<u16>> {
    let text = std::str::from_utf8(parameters).ok()?;
    if text.is_empty() {
        return Some(Vec::new());
    }
    let number = |text: &str| match text.split(':').next() {
        Some("") => Some(0),
        number => number?.parse().ok(),
    };
    text.split(';').map(number).collect()
}

fn modifiers(number: u16) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL), (8, KeyModifiers::SUPER)]
        .into_iter()
        .filter(|(bit, _)| bits & bit != 0)
        .fold(KeyModifiers::NONE, |all, (_, modifier)| all | modifier)
}

/// Returns a number that is known to be small.
fn lower(number: u16) -> u8 {
    u8::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    /// What a terminal sends by itself, and sequences that nobody here knows.
    const UNTYPED: [&str; 22] = [
        "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        "\x1b]10;rgb:bbbb/bbbb/bbbb\x07",
        "\x1b]4;1;rgb:bb/bb/bb\x1b\\",
        "\x1b]52;c;Ym9i\x07",
        "\x1b[?62;22;52c",
        "\x1b[>41;354;0c",
        "\x1b[12;34R",
        "\x1b[1;34R",
        "\x1b[0n",
        "\x1b[?2026;2$y",
        "\x1b[?1u",
        "\x1b[4;600;800t",
        "\x1b[8;24;80t",
        "\x1b[I",
        "\x1b[O",
        "\x1b[201~",
        "\x1b[27;5;98~",
        "\x1bP>|XTerm(379)b\x1b\\",
        "\x1bP1$r0 q\x1b\\",
        "\x1b_Gi=31;OK b\x1b\\",
        "\x1b^bob\x1b\\",
        "\u{9b}?62;1c\u{9d}11;rgb:b/b/b\x07",
    ];

    fn is_lone_escape(event: &Event) -> bool {
        *event == key(KeyCode::Esc, KeyModifiers::NONE)
    }

    /// A report of the terminal, which is no key.
    fn is_report(event: &Event) -> bool {
        matches!(event, Event::FocusGained | Event::FocusLost)
    }

    #[test]
    fn what_nobody_has_typed_is_no_key_however_it_is_split() {
        for untyped in UNTYPED {
            for split in 0..untyped.len() {
                let (start, end) = untyped.as_bytes().split_at(split);
                let mut decoder = Decoder::default();
                let events = [decoder.decode(start), decoder.decode(end), decoder.decode(b"b")].concat();
                let events: Vec<_> =
                    events.into_iter().filter(|event| !is_lone_escape(event) && !is_report(event)).collect();
                // Only the third read is a key. `ESC P` and its like are keys with Alt if nothing follows in time.
                assert_eq!(events, [key(KeyCode::Char('b'), KeyModifiers::NONE)], "{untyped:?} at {split}");
            }
        }
    }

    #[test]
    fn the_color_of_the_background_is_read_in_each_form_and_however_it_is_split() {
        for (answer, color) in [
            ("\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\", Some((30, 30, 46))),
            ("\x1b]11;rgb:ff/ff/ff\x07", Some((255, 255, 255))),
            ("\x1b]11;rgb:f/0/8\x07", Some((255, 0, 136))),
            ("\x1b]11;rgba:0000/2b2b/3636/ffff\x07", Some((0, 43, 54))),
            ("\x1b]10;rgb:ff/ff/ff\x07", None),
            ("\x1b]11;rgb:fffff/0/0\x07", None),
            ("\x1b]11;rgb://\x07", None),
            ("\x1b]11;?\x07", None),
        ] {
            for split in 0..answer.len() {
                let (start, end) = answer.as_bytes().split_at(split);
                let mut decoder = Decoder::default();
                let events = [decoder.decode(start), decoder.decode(end)].concat();
                assert!(events.iter().all(is_lone_escape), "{answer:?} at {split}");
                assert_eq!(decoder.take_background(), color, "{answer:?} at {split}");
                assert_eq!(decoder.take_background(), None);
            }
        }
    }

    #[test]
    fn an_unfinished_sequence_holds_up_nothing() {
        for untyped in ["\x1b[", "\x1b[12;", "\x1b]11;rgb:", "\x1bP", "\x1bO", "\x1b[M!", "\u{e9}\x1b]"] {
            let mut decoder = Decoder::default();
            let _ = decoder.decode(untyped.as_bytes());
            assert!(decoder.is_waiting(), "{untyped:?}");
            assert_eq!(decoder.expire(), [], "{untyped:?}");
            assert_eq!(decoder.decode(b"q"), [key(KeyCode::Char('q'), KeyModifiers::NONE)], "{untyped:?}");
        }
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(b"\x1b]11;\x03"), [key(KeyCode::Char('c'), KeyModifiers::CONTROL)]);
    }

    #[test]
    fn keys_are_what_terminals_send_for_them() {
        let (none, shift, alt) = (KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::ALT);
        let control = KeyModifiers::CONTROL;
        let table: [(&str, KeyCode, KeyModifiers); 27] = [
            ("b", KeyCode::Char('b'), none),
            ("B", KeyCode::Char('B'), shift),
            ("\u{fc}", KeyCode::Char('\u{fc}'), none),
            ("\u{1f600}", KeyCode::Char('\u{1f600}'), none),
            ("\r", KeyCode::Enter, none),
            ("\t", KeyCode::Tab, none),
            ("\x7f", KeyCode::Backspace, none),
            ("\x1b", KeyCode::Esc, none),
            ("\x03", KeyCode::Char('c'), control),
            ("\x1a", KeyCode::Char('z'), control),
            ("\x1bb", KeyCode::Char('b'), alt),
            ("\x1b\x7f", KeyCode::Backspace, alt),
            ("\x1b[A", KeyCode::Up, none),
            ("\x1bOB", KeyCode::Down, none),
            ("\x1b[1;5C", KeyCode::Right, control),
            ("\x1b[1;2D", KeyCode::Left, shift),
            ("\x1b[H", KeyCode::Home, none),
            ("\x1b[4~", KeyCode::End, none),
            ("\x1b[3~", KeyCode::Delete, none),
            ("\x1b[3;5~", KeyCode::Delete, control),
            ("\x1b[5~", KeyCode::PageUp, none),
            ("\x1b[Z", KeyCode::BackTab, shift),
            ("\x1bOP", KeyCode::F(1), none),
            ("\x1b[15~", KeyCode::F(5), none),
            ("\x1b[24~", KeyCode::F(12), none),
            ("\x1b[98;5u", KeyCode::Char('b'), control),
            ("\x1b[27u", KeyCode::Esc, none),
        ];
        for (bytes, code, modifiers) in table {
            assert_eq!(Decoder::default().decode(bytes.as_bytes()), [key(code, modifiers)], "{bytes:?}");
        }
    }

    #[test]
    fn several_keys_of_one_read_are_all_there() {
        let events = Decoder::default().decode(b"jj\x1b[B\x1b[Bq");
        assert_eq!(events.len(), 5);
        assert_eq!(events[4], key(KeyCode::Char('q'), KeyModifiers::NONE));
    }

    #[test]
    fn the_mouse_reports_in_three_forms() {
        let click =
            |kind| Event::Mouse(MouseEvent { kind, column: 9, row: 4, modifiers: KeyModifiers::NONE });
        let table: [(&[u8], MouseEventKind); 7] = [
            (b"\x1b[<0;10;5M", MouseEventKind::Down(MouseButton::Left)),
            (b"\x1b[<0;10;5m", MouseEventKind::Moved),
            (b"\x1b[<64;10;5M", MouseEventKind::ScrollUp),
            (b"\x1b[<65;10;5M", MouseEventKind::ScrollDown),
            (b"\x1b[<35;10;5M", MouseEventKind::Moved),
            (b"\x1b[32;10;5M", MouseEventKind::Down(MouseButton::Left)),
            (b"\x1b[M *%", MouseEventKind::Down(MouseButton::Left)),
        ];
        for (bytes, kind) in table {
            assert_eq!(Decoder::default().decode(bytes), [click(kind)], "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_focus_is_no_key() {
        let events = Decoder::default().decode(b"\x1b[O\x1b[I");
        assert_eq!(events, [Event::FocusLost, Event::FocusGained]);
    }

    #[test]
    fn pasted_text_is_one_piece_even_without_its_end() {
        let pasted = |text: &str| [Event::Paste(text.to_owned())];
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode(b"\x1b[200~b\x1b[Ab\r\x1b[201~"), pasted("b\x1b[Ab\r"));
        assert_eq!(decoder.decode(b"\x1b[200~half"), []);
        assert_eq!(decoder.expire(), pasted("half"));
        let long = [b"\x1b[200~".as_slice(), &vec![b'x'; 3 * PASTE], PASTE_END].concat();
        let [Event::Paste(text)] = &decoder.decode(&long)[..] else { panic!("one piece") };
        assert!(text.len() <= PASTE);
    }
}
