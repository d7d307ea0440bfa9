//! The board for a screen on a wall.

use ratatui::layout::Rect;
use whosin::ui::view::{Board, board_wake, draw_board};

use super::*;

impl Program {
    fn board(&self, rooms: &[String], (columns, rows): (u16, u16)) -> Buffer {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        let (theme, zone) = (Theme::default(), TimeZone::UTC);
        let board = Board { model: self.model(), rooms, theme, zone: &zone, now: self.now, problem: None };
        draw_board(&board, area, &mut buffer);
        buffer
    }
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let rows = buffer.content.chunks(width).map(|row| {
        let row: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        row.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_board_shows_states_in_columns_at_each_size() {
    let mut program = Program::live();
    program.after(60);
    program.synced(Synced { presence: vec![event("carol", Presence::Online, "", 0)], ..Synced::default() });
    program.after(600);
    for size in [(80, 24), (120, 40), (60, 15), (200, 60)] {
        assert_snapshot!(format!("board_{}_by_{}", size.0, size.1), text(&program.board(&[], size)));
    }
}

#[test]
fn a_board_can_be_of_one_room_and_of_none() {
    let program = Program::live();
    assert!(text(&program.board(&["!direct:example.org".to_owned()], (80, 24))).contains("Dave"));
    assert!(!text(&program.board(&["!direct:example.org".to_owned()], (80, 24))).contains("Ada"));
    assert!(!text(&program.board(&["nowhere".to_owned()], (80, 24))).contains("Dave"));
}

#[test]
fn a_board_is_dim_at_night_and_without_a_connection() {
    let is_dim = |program: &Program| {
        let buffer = program.board(&[], (80, 24));
        buffer
            .content
            .iter()
            .all(|cell| cell.symbol() == " " || cell.modifier.contains(ratatui::style::Modifier::DIM))
    };
    let mut program = Program::live();
    assert!(!is_dim(&program));
    program.after(8 * 3_600);
    assert!(is_dim(&program));
    let mut program = Program::live();
    program.lost();
    assert!(is_dim(&program));
    assert!(text(&program.board(&[], (80, 24))).contains("connection lost, as of 14:02"));
}

#[test]
fn a_board_wakes_with_each_minute_of_its_clock() {
    let program = Program::live();
    let wake = board_wake(program.now).unwrap();
    assert!(wake > program.now && wake.as_second() % 60 == 0);
}

#[test]
fn a_board_of_any_size_is_drawn() {
    let program = Program::live();
    for columns in 0..60 {
        for rows in 0..25 {
            program.board(&[], (columns, rows));
        }
    }
}
