//! The screen in each theme and color depth.

use std::fmt::Write;

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};
use whosin::{
    model::{contacts::Group, event::Synced, presence::Presence},
    ui::screen::Action,
    ui::settings::{Setting, Value},
    ui::theme::{Background, Charset, Depth, Palette, Theme},
};

use super::{Program, event};

const BACKGROUNDS: [Option<Background>; 3] = [None, Some(Background::Dark), Some(Background::Light)];

fn described(style: Style) -> String {
    let colour = style.fg.filter(|colour| *colour != Color::Reset).map(|colour| colour.to_string());
    let weight = format!("{:?}", style.add_modifier);
    let weight = Some(weight).filter(|_| !style.add_modifier.is_empty());
    [colour, weight].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_theme_has_its_colours_at_each_depth() {
    let mut table = String::new();
    for palette in Palette::ALL {
        for background in BACKGROUNDS {
            let backgrounds =
                [Theme { palette, ..Theme::default() }.follows_background(), background.is_none()];
            for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
                if !backgrounds.contains(&true) {
                    continue;
                }
                let theme = Theme { palette, depth, background, ..Theme::default() };
                let on = background.map_or_else(|| "?".to_owned(), |it| format!("{it:?}"));
                write!(table, "{:<28}", format!("{palette:?} {on} {depth:?}")).unwrap();
                for group in [Group::Online, Group::Busy, Group::Unavailable, Group::Other, Group::Offline] {
                    write!(table, " {:<13}", described(theme.state(group))).unwrap();
                }
                writeln!(table).unwrap();
            }
        }
    }
    assert_snapshot!(table);
}

#[test]
fn a_row_has_the_colour_of_its_state_on_the_glyph_and_on_the_word_alone() {
    let mut program = Program::live();
    for presence in [Presence::Online, Presence::Busy] {
        program
            .after(60)
            .synced(Synced { presence: vec![event("carol", presence, "in a call", 0)], ..Synced::default() });
    }
    program.press("s").after(240);
    let picture = program.draw(Theme { palette: Palette::Dark, ..Theme::default() });
    let row = program.screen().lines().position(|line| line.contains("Carol")).unwrap();
    let cells: Vec<_> = (0..80).map(|x| &picture[(x, u16::try_from(row).unwrap())]).collect();
    let runs = cells.chunk_by(|left, right| left.style() == right.style()).map(|run| {
        let text: String = run.iter().map(|cell| cell.symbol()).collect();
        (text.trim().to_owned(), described(run[0].style()))
    });
    let looks: Vec<_> = runs.filter(|(text, _)| !text.is_empty()).collect();
    let plain = String::new();
    let expected =
        [("■", "LightRed"), ("Carol", &plain), ("busy", "LightRed"), ("in a call", &plain), ("4 min", "DIM")];
    assert_eq!(looks, expected.map(|(text, look)| (text.to_owned(), look.to_owned())));
}

#[test]
fn a_theme_without_colours_has_none() {
    let has_colours = |palette, depth| {
        let picture = Program::live().draw(Theme { palette, depth, ..Theme::default() });
        picture.content.iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
    };
    for palette in Palette::ALL {
        assert!(!has_colours(palette, Depth::None), "{palette:?}");
        assert_eq!(has_colours(palette, Depth::True), palette != Palette::Mono, "{palette:?}");
    }
}

#[test]
fn a_terminal_without_unicode_shows_ascii_in_the_same_columns() {
    let ascii = Theme { charset: Charset::Ascii, ..Theme::default() };
    let mut program = Program::live();
    program.press("jj").lost();
    let screen = program.screen_with(ascii);
    assert!(screen.is_ascii());
    assert_snapshot!("ascii", screen);
    assert_snapshot!("ascii_sign_in", Program::signed_out().screen_with(ascii));
    program.sized(80, 60).press("?");
    let (help, unicode) = (program.screen_with(ascii), program.screen());
    assert!(help.is_ascii());
    assert_eq!(help.matches('?').count(), unicode.matches('?').count(), "all of our own is known: {help}");
}

type Rgb = (u8, u8, u8);

const BLACK: Rgb = (0, 0, 0);
const WHITE: Rgb = (255, 255, 255);

/// The sixteen colors of xterm.
const XTERM: [Rgb; 16] = [
    BLACK,
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    WHITE,
];

/// The sixteen colors of the Linux console.
const CONSOLE: [Rgb; 16] = [
    BLACK,
    (170, 0, 0),
    (0, 170, 0),
    (170, 85, 0),
    (0, 0, 170),
    (170, 0, 170),
    (0, 170, 170),
    (170, 170, 170),
    (85, 85, 85),
    (255, 85, 85),
    (85, 255, 85),
    (255, 255, 85),
    (85, 85, 255),
    (255, 85, 255),
    (85, 255, 255),
    WHITE,
];

fn linear(value: u8) -> f64 {
    let value = f64::from(value) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn luminance([red, green, blue]: [f64; 3]) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn seen_by_all((red, green, blue): Rgb) -> f64 {
    luminance([red, green, blue].map(linear))
}

/// What people without red cones see, by the matrix of Machado, Oliveira and Fernandes (2009).
fn seen_by_protanopes((red, green, blue): Rgb) -> f64 {
    const MATRIX: [[f64; 3]; 3] = [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ];
    let color = [red, green, blue].map(linear);
    let row = |row: [f64; 3]| {
        row.iter().zip(color).map(|(factor, part)| factor * part).sum::<f64>().clamp(0.0, 1.0)
    };
    luminance(MATRIX.map(row))
}

/// The contrast of two luminances, as WCAG defines it.
fn contrast(one: f64, other: f64) -> f64 {
    let (one, other) = (one + 0.05, other + 0.05);
    one.max(other) / one.min(other)
}

/// The color that a terminal shows. `plain` is that of text without one.
fn shown(color: Color, plain: Rgb, sixteen: &[Rgb; 16]) -> Rgb {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match color {
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Indexed(index @ 16..232) => {
            let level = |unit: u8| LEVELS[usize::from((index - 16) / unit % 6)];
            (level(36), level(6), level(1))
        }
        Color::Indexed(index @ 232..) => [8 + 10 * (index - 232); 3].into(),
        Color::Indexed(index) => sixteen[usize::from(index)],
        named => NAMED.iter().position(|it| *it == named).map_or(plain, |at| sixteen[at]),
    }
}

/// The least contrast of the cells of a picture that are words, or that are glyphs.
fn least_contrast(picture: &Buffer, background: Rgb, sixteen: &[Rgb; 16]) -> (f64, f64) {
    let plain = if background == BLACK { (229, 229, 229) } else { BLACK };
    let dimmed = |(red, green, blue): Rgb| {
        let mix = |text: u8, behind: u8| u8::try_from((2 * u16::from(text) + u16::from(behind)) / 3).unwrap();
        (mix(red, background.0), mix(green, background.1), mix(blue, background.2))
    };
    let (mut words, mut glyphs) = (f64::MAX, f64::MAX);
    for cell in picture.content.iter().filter(|cell| cell.symbol() != " ") {
        let color = shown(cell.fg, plain, sixteen);
        let color = if cell.modifier.contains(Modifier::DIM) { dimmed(color) } else { color };
        let contrast = contrast(seen_by_all(color), seen_by_all(background));
        let is_word = cell.symbol().chars().all(|c| c.is_alphanumeric() || c.is_ascii_punctuation());
        let least = if is_word { &mut words } else { &mut glyphs };
        *least = least.min(contrast);
    }
    (words, glyphs)
}

#[test]
fn every_word_can_be_read_on_black_and_on_white_at_every_depth() {
    let mut programs: Vec<Program> = (0..4).map(|_| Program::live()).collect();
    programs[0].press("jl");
    programs[1].lost();
    programs[2].sized(120, 40).press("jlb");
    programs[3].press("?");
    for palette in Palette::ALL {
        for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
            for (color, background) in [(BLACK, Background::Dark), (WHITE, Background::Light)] {
                let is_for_the_other = match palette {
                    Palette::Dark => background == Background::Light,
                    Palette::Light => background == Background::Dark,
                    _ => false,
                };
                if is_for_the_other {
                    continue;
                }
                for background in [None, Some(background)] {
                    let theme = Theme { palette, depth, background, ..Theme::default() };
                    for program in &programs {
                        let picture = program.draw(theme);
                        for sixteen in [&XTERM, &CONSOLE] {
                            let (words, _) = least_contrast(&picture, color, sixteen);
                            assert!(words >= 4.5, "{theme:?} on {color:?}: {words:.2}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn busy_is_as_strong_as_online_for_people_without_red_cones() {
    for palette in [Palette::Auto, Palette::ColourBlind] {
        for depth in [Depth::True, Depth::Indexed] {
            for (color, background) in [(BLACK, Background::Dark), (WHITE, Background::Light)] {
                let theme = Theme { palette, depth, background: Some(background), ..Theme::default() };
                let strength = |group| {
                    let shown = shown(theme.state(group).fg.unwrap(), color, &XTERM);
                    contrast(seen_by_protanopes(shown), seen_by_all(color))
                };
                let (online, busy) = (strength(Group::Online), strength(Group::Busy));
                assert!(busy >= online * 0.9, "{theme:?}: busy {busy:.1}, online {online:.1}");
                let unavailable = strength(Group::Unavailable);
                assert!(unavailable >= 4.5, "{theme:?}: {unavailable:.1}");
            }
        }
    }
}

#[test]
fn the_cursor_stands_on_the_selected_row() {
    let mut program = Program::live();
    assert_eq!(program.picture(Theme::default()).1.cursor, None);
    program.press("j");
    let cursor = program.picture(Theme::default()).1.cursor.unwrap();
    assert!(program.line(cursor.y.into()).starts_with('▌'), "{}", program.screen());
    program.press("S");
    let cursor = program.picture(Theme::default()).1.cursor.unwrap();
    assert!(program.line(cursor.y.into()).contains("online"), "{}", program.screen());
    program.key(KeyCode::Esc).press("m");
    let cursor = program.picture(Theme::default()).1.cursor.unwrap();
    assert_eq!(cursor.y, 19, "where text is typed");
}

#[test]
fn no_two_marks_look_the_same_in_ascii() {
    let ascii = Theme { charset: Charset::Ascii, ..Theme::default() };
    let marks = ["●", "■", "◐", "◆", "○", "·", "▌", "★", "▲"];
    let shown = marks.map(|mark| ascii.charset.spell(mark));
    for (at, mark) in shown.iter().enumerate() {
        assert!(!shown[..at].contains(mark), "{mark} is {} too", marks[at]);
        assert!(mark.chars().all(|c| c.is_ascii_punctuation()), "{mark} is no letter");
    }
}

#[test]
fn t_shows_the_next_colors_and_k_keeps_them() {
    let mut program = Program::live();
    program.press("T");
    assert_eq!(program.actions, [Action::ShowTheme(Palette::Dark)]);
    assert!(
        program.screen().contains("Colors: dark. T: the next ones. K keeps them."),
        "{}",
        program.screen()
    );
    program.actions.clear();
    program.press("K");
    let kept = Setting { key: "theme".to_owned(), value: Value::Text("dark".to_owned()) };
    assert_eq!(program.actions, [Action::Keep(kept)]);
    program.actions.clear();
    program.press("K");
    assert_eq!(program.actions, []);
    assert!(
        program.screen().contains("Nothing has been changed that could be kept."),
        "{}",
        program.screen()
    );
}
