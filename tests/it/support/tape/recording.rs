//! What a tape shows, as an animated SVG: the screen after each wait, for as long as the tape pauses there.

use std::{
    collections::BTreeMap,
    fmt::{Arguments, Write},
    time::Duration,
};

use vt100::{Cell, Color, Screen};

/// How long a screen stays that the tape does not pause at.
const GLIMPSE: Duration = Duration::from_millis(300);
/// The size of a cell in pixels, and how far its letters are above its lower edge.
const CELL: (usize, usize) = (9, 19);
const DESCENT: usize = 5;
/// The space around the screen, and that for the bar above it.
const MARGIN: usize = 16;
const BAR: usize = 24;
/// The colors of background and text, and the first sixteen of the palette.
const BACKGROUND: &str = "#1d2028";
const FOREGROUND: &str = "#d5d9e0";
const PALETTE: [&str; 16] = [
    "#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d5d9e0", "#7f8796",
    "#ef8a91", "#b1d89a", "#f0d399", "#82c0f5", "#d79ae8", "#7fcbd5", "#ffffff",
];

/// The screens with their times. The time is that of the tape, not of the machine that plays it.
pub struct Recording {
    size: (usize, usize),
    /// The rows of each screen, by their numbers in `rows`, and for how long it is shown.
    screens: Vec<(Vec<usize>, Duration)>,
    /// Each row that a screen has, once.
    rows: BTreeMap<String, usize>,
}

impl Recording {
    pub(super) fn new(screen: &Screen) -> Self {
        let (rows, columns) = screen.size();
        let size = (rows.get().into(), columns.get().into());
        Self { size, screens: Vec::new(), rows: BTreeMap::new() }
    }

    pub(super) fn show(&mut self, screen: &Screen) {
        let number = |row| {
            let next = self.rows.len();
            *self.rows.entry(drawn(screen, row, self.size.1)).or_insert(next)
        };
        let rows = (0..self.size.0).map(number).collect();
        self.screens.push((rows, GLIMPSE));
    }

    pub(super) fn pass(&mut self, pause: Duration) {
        if let Some((_, length)) = self.screens.last_mut() {
            *length += pause;
        }
    }

    pub fn length(&self) -> Duration {
        self.screens.iter().map(|(_, length)| length).sum()
    }

    /// The recording as a picture. All screens stand side by side behind a window that moves from one to the next.
    pub fn svg(&self) -> String {
        let (inner, height) = (self.size.1 * CELL.0, self.size.0 * CELL.1);
        let (width, whole) = (inner + 2 * MARGIN, height + 2 * MARGIN + BAR);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {whole}\" width=\"{width}\" height=\"{whole}\">\n<style>\ntext{{font:15px ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;fill:{FOREGROUND};white-space:pre}}\n.b{{font-weight:bold}}.d{{opacity:.6}}\n#s{{animation:play {:.2}s step-end infinite}}\n@keyframes play{{\n",
            self.length().as_secs_f64()
        );
        let mut begun = Duration::ZERO;
        let mut write =
            |text: std::fmt::Arguments<'_>| svg.write_fmt(text).expect("a string takes everything");
        for (number, (_, length)) in self.screens.iter().enumerate() {
            let percent = 100.0 * begun.as_secs_f64() / self.length().as_secs_f64();
            write(format_args!("{percent:.2}%{{transform:translateX(-{}px)}}\n", number * inner));
            begun += *length;
        }
        write(format_args!("}}\n</style>\n<defs>\n"));
        for (row, number) in &self.rows {
            write(format_args!("<g id=\"r{number}\">{row}</g>\n"));
        }
        write(format_args!(
            "</defs>\n<rect width=\"{width}\" height=\"{whole}\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
        ));
        for (number, color) in ["#ff5f58", "#ffbd2e", "#18c132"].into_iter().enumerate() {
            write(format_args!("<circle cx=\"{}\" cy=\"20\" r=\"6\" fill=\"{color}\"/>\n", 24 + 20 * number));
        }
        write(format_args!(
            "<svg x=\"{MARGIN}\" y=\"{}\" width=\"{inner}\" height=\"{height}\"><g id=\"s\">\n",
            MARGIN + BAR
        ));
        for (number, (rows, _)) in self.screens.iter().enumerate() {
            write(format_args!("<g transform=\"translate({} 0)\">", number * inner));
            for (at, row) in rows.iter().enumerate() {
                write(format_args!("<use href=\"#r{row}\" y=\"{}\"/>", at * CELL.1));
            }
            write(format_args!("</g>\n"));
        }
        write(format_args!("</g></svg>\n</svg>\n"));
        svg
    }
}

/// One screen as a picture that does not move.
pub fn still(screen: &Screen, is_light: bool) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (usize::from(rows.get()), usize::from(columns.get()));
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n<style>\ntext{{font:15px ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;fill:{FOREGROUND};white-space:pre}}\n.b{{font-weight:bold}}.d{{opacity:.6}}\n</style>\n<rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for row in 0..rows {
        let y = MARGIN + row * CELL.1;
        put(
            &mut svg,
            format_args!("<g transform=\"translate({MARGIN} {y})\">{}</g>\n", drawn(screen, row, columns)),
        );
    }
    svg.push_str("</svg>\n");
    // The colors of the program are those of its theme; only the plain ones depend on the terminal.
    if is_light { svg.replace(BACKGROUND, "#ffffff").replace(FOREGROUND, "#1d2028") } else { svg }
}

/// A row: each run of one look in its place, so that no width of a letter moves what follows.
fn drawn(screen: &Screen, row: usize, columns: usize) -> String {
    let cell = |column: usize| screen.cell(u16::try_from(row).ok()?, u16::try_from(column).ok()?);
    let cells = (0..columns).filter_map(|column| Some((column, cell(column)?)));
    let mut svg = String::new();
    let mut run = (0, String::new(), None::<&Cell>);
    for (column, cell) in cells.filter(|(_, cell)| !cell.is_wide_continuation()) {
        let (start, text, last) = &mut run;
        let is_apart = cell.is_wide() || last.is_some_and(|last| last.is_wide() || look(last) != look(cell));
        // Two spaces end a run: what follows has its own place.
        if is_apart || (text.ends_with("  ") && !cell.contents().trim().is_empty()) {
            write_run(&mut svg, *start, text, *last);
            run = (column, String::new(), None);
        }
        let contents = if cell.contents().is_empty() { " " } else { cell.contents() };
        run.1.push_str(contents);
        run.2 = Some(cell);
    }
    write_run(&mut svg, run.0, &run.1, run.2);
    svg
}

fn look(cell: &Cell) -> (Color, Color, bool, bool, bool) {
    (cell.fgcolor(), cell.bgcolor(), cell.bold(), cell.dim(), cell.inverse())
}

fn write_run(svg: &mut String, start: usize, text: &str, cell: Option<&Cell>) {
    let Some(cell) = cell else { return };
    let (mut ink, mut paper) = (color(cell.fgcolor(), FOREGROUND), color(cell.bgcolor(), BACKGROUND));
    if cell.inverse() {
        (ink, paper) = (paper, ink);
    }
    let x = start * CELL.0;
    if paper != BACKGROUND {
        let width = text.chars().count() * CELL.0 * if cell.is_wide() { 2 } else { 1 };
        put(svg, format_args!("<rect x=\"{x}\" width=\"{width}\" height=\"{}\" fill=\"{paper}\"/>", CELL.1));
    }
    let text = text.trim_end();
    if text.is_empty() {
        return;
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let class = match (cell.bold(), cell.dim()) {
        (true, _) => " class=\"b\"",
        (false, true) => " class=\"d\"",
        (false, false) => "",
    };
    let fill =
        if ink == FOREGROUND { String::new() } else { format!(" fill=\"{ink}\" style=\"fill:{ink}\"") };
    put(svg, format_args!("<text x=\"{x}\" y=\"{}\"{class}{fill}>{escaped}</text>", CELL.1 - DESCENT));
}

fn put(svg: &mut String, text: Arguments<'_>) {
    svg.write_fmt(text).expect("a string takes everything");
}

fn color(color: Color, default: &str) -> String {
    match color {
        Color::Idx(index @ 0..16) => PALETTE[usize::from(index)].to_owned(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.to_owned(),
    }
}
