//! The screen in each theme and color depth.

use std::fmt::Write;

use insta::assert_snapshot;
use ratatui::style::{Color, Style};
use whosin::{
    model::{contacts::Group, event::Synced, presence::Presence},
    ui::theme::{Charset, Depth, Palette, Theme},
};

use super::{Program, event};

const PALETTES: [Palette; 5] =
    [Palette::Terminal, Palette::Dark, Palette::Light, Palette::ColourBlind, Palette::Mono];

fn described(style: Style) -> String {
    let colour = style.fg.filter(|colour| *colour != Color::Reset).map(|colour| colour.to_string());
    let weight = format!("{:?}", style.add_modifier);
    let weight = Some(weight).filter(|_| !style.add_modifier.is_empty());
    [colour, weight].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_theme_has_its_colours_at_each_depth() {
    let mut table = String::new();
    for palette in PALETTES {
        for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
            let theme = Theme { palette, depth, ..Theme::default() };
            write!(table, "{:<28}", format!("{palette:?} {depth:?}")).unwrap();
            for group in [Group::Online, Group::Busy, Group::Unavailable, Group::Other, Group::Offline] {
                write!(table, " {:<13}", described(theme.state(group))).unwrap();
            }
            writeln!(table).unwrap();
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
    let picture = program.draw(Theme::default());
    let row = program.screen().lines().position(|line| line.contains("Carol")).unwrap();
    let cells: Vec<_> = (0..80).map(|x| &picture[(x, u16::try_from(row).unwrap())]).collect();
    let runs = cells.chunk_by(|left, right| left.style() == right.style()).map(|run| {
        let text: String = run.iter().map(|cell| cell.symbol()).collect();
        (text.trim().to_owned(), described(run[0].style()))
    });
    let looks: Vec<_> = runs.filter(|(text, _)| !text.is_empty()).collect();
    let plain = String::new();
    let expected =
        [("■", "Red"), ("Carol", &plain), ("busy", "Red"), ("in a call", &plain), ("4 min", "DIM")];
    assert_eq!(looks, expected.map(|(text, look)| (text.to_owned(), look.to_owned())));
}

#[test]
fn a_theme_without_colours_has_none() {
    let has_colours = |palette, depth| {
        let picture = Program::live().draw(Theme { palette, depth, ..Theme::default() });
        picture.content.iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
    };
    for palette in PALETTES {
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
