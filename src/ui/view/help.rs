//! The help: every key binding by topic, the meaning of every sign, and what whosin cannot do here.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{Ctx, pen::Pen};
use crate::{
    model::contacts::Group,
    ui::{
        keymap::{LONGEST_HELP, Topic},
        screen::Help,
        theme,
    },
};

/// The columns of the keys, including a gap.
const KEYS: usize = 12;
/// The columns of a line, including the gaps around it.
#[expect(clippy::cast_possible_truncation, reason = "less than 80")]
const WIDTH: u16 = (2 + KEYS + LONGEST_HELP) as u16;

/// A line of the help.
enum Line {
    Heading(&'static str),
    /// A key or a sign, its style and what it means.
    Entry(String, Style, String),
    Gap,
}

/// Draws the lines, in as many columns as needed and possible.
pub(super) fn draw(ctx: &Ctx<'_>, help: &Help, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let blocks = blocks(ctx, help.line().value());
    if blocks.is_empty() {
        Pen::new(buffer, area, 0).write("Nothing in the help matches.", ctx.theme.faint());
        return;
    }
    let columns = columns(blocks, area);
    let width = area.width / u16::try_from(columns.len()).unwrap_or(1).max(1);
    let rows = columns.iter().map(Vec::len).max().unwrap_or_default();
    let (page, more) = page(rows, help.top(), area.height.into());
    for (column, lines) in (0..).zip(&columns) {
        let area = Rect { x: area.x + column * width, width, ..area };
        for (row, line) in (0..area.height).zip(lines.iter().take(page.end).skip(page.start)) {
            draw_line(ctx, line, &mut Pen::new(buffer, area, row));
        }
    }
    if let Some(more) = more {
        Pen::new(buffer, area, area.height - 1).write(&more, ctx.theme.faint());
    }
}

/// Distributes blocks to columns of about the same height. A block stays together if it can.
fn columns(blocks: Vec<Vec<Line>>, area: Rect) -> Vec<Vec<Line>> {
    let total: usize = blocks.iter().map(|block| block.len() + 1).sum();
    let most = usize::from((area.width / WIDTH).max(1));
    let count = total.div_ceil(area.height.into()).clamp(1, most);
    let longest = blocks.iter().map(Vec::len).max().unwrap_or_default();
    let fits = |rows: usize| {
        let (mut columns, mut left) = (1, rows);
        for block in &blocks {
            if block.len() > left {
                columns += 1;
                left = rows;
            }
            left = left.saturating_sub(block.len() + 1);
        }
        columns <= count
    };
    let rows = (total.div_ceil(count).max(longest)..=total).find(|rows| fits(*rows)).unwrap_or(total);
    let mut columns: Vec<Vec<Line>> = vec![Vec::new()];
    for block in blocks {
        let column = columns.last_mut().expect("there is one");
        if column.is_empty() {
            column.extend(block);
        } else if column.len() + 1 + block.len() <= rows {
            column.push(Line::Gap);
            column.extend(block);
        } else {
            columns.push(block);
        }
    }
    columns
}

/// Returns the visible rows, and a note if there are more.
fn page(rows: usize, top: usize, height: usize) -> (Range<usize>, Option<String>) {
    if rows <= height {
        return (0..rows, None);
    }
    let height = height.saturating_sub(1);
    let top = top.min(rows - height);
    let more = match rows - height - top {
        0 => format!("  {top} more ↑"),
        below => format!("  {below} more ↓"),
    };
    (top..top + height, Some(more))
}

fn draw_line(ctx: &Ctx<'_>, line: &Line, pen: &mut Pen<'_>) {
    match line {
        Line::Heading(heading) => _ = pen.write(heading, ctx.theme.faint().patch(ctx.theme.strong())),
        Line::Entry(sign, style, words) => {
            pen.column("", 1, Style::new()).column(sign, KEYS, *style).write(words, Style::new());
        }
        Line::Gap => {}
    }
}

/// Returns the topics and the signs, each with a heading. With a search, only what matches.
fn blocks(ctx: &Ctx<'_>, search: &str) -> Vec<Vec<Line>> {
    let topics = Topic::ALL.map(|topic| (topic.label(), bindings(ctx, topic)));
    let signs = [("Signs in the list", signs(ctx)), ("Signs in the charts", charts(ctx))];
    let search = search.trim().to_lowercase();
    let matches = |line: &Line| match line {
        Line::Entry(sign, _, words) => format!("{sign} {words}").to_lowercase().contains(&search),
        Line::Heading(_) | Line::Gap => true,
    };
    let blocks = topics.into_iter().chain(signs).filter_map(|(heading, mut lines)| {
        lines.retain(matches);
        let some = !lines.is_empty();
        lines.insert(0, Line::Heading(heading));
        some.then_some(lines)
    });
    blocks.collect()
}

fn bindings(ctx: &Ctx<'_>, topic: Topic) -> Vec<Line> {
    let bindings = ctx.screen.keymap().bindings().filter(|(binding, _)| binding.topic == topic);
    let lines = bindings.map(|(binding, keys)| {
        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        Line::Entry(keys.join(" "), ctx.theme.strong(), binding.help.to_owned())
    });
    lines.collect()
}

fn signs(ctx: &Ctx<'_>) -> Vec<Line> {
    let states = Group::ALL.map(|group| (theme::glyph(group), ctx.theme.state(group), meaning(group)));
    let (plain, notice) = (Style::new(), ctx.theme.notice());
    let others = [
        ("?", plain, "presence is switched off"),
        ("★", notice, "a favourite"),
        ("n", notice, "you will be told"),
        ("▲", notice, "free; you have waited"),
        ("38 min", plain, "in this state for so long"),
        ("15:02", plain, "their time; dim at night"),
        ("left out", plain, "by 1 to 5 or h"),
        ("hidden", plain, "by hide, or ignored"),
        ("3 ↓", plain, "so many are below"),
    ];
    let idle = [("idle", plain, "unknown; you stay online"), ("", plain, "whosin doctor says why")];
    let idle = idle.into_iter().filter(|_| ctx.model.own().is_idle_unknown());
    let signs = states.into_iter().chain(others).chain(idle);
    signs.map(|(sign, style, words)| Line::Entry(sign.to_owned(), style, words.to_owned())).collect()
}

fn charts(ctx: &Ctx<'_>) -> Vec<Line> {
    let of = |group| ctx.theme.state(group);
    let signs = [
        ("▌", ctx.theme.strong(), "the selected contact"),
        ("o", of(Group::Online), "online begins"),
        ("b", of(Group::Busy), "busy begins"),
        ("u", of(Group::Unavailable), "unavailable begins"),
        ("?", of(Group::Other), "another state begins"),
        ("━", Style::new(), "it lasts"),
        ("─", of(Group::Offline), "offline"),
        ("·", of(Group::Silent), "not known"),
        ("▂▅█", Style::new(), "how many people"),
    ];
    signs.map(|(sign, style, words)| Line::Entry(sign.to_owned(), style, words.to_owned())).into()
}

fn meaning(group: Group) -> &'static str {
    match group {
        Group::Online => "online: free",
        Group::Busy => "busy: there, but not free",
        Group::Unavailable => "unavailable: idle, or away",
        Group::Other => "a state by its own word",
        Group::Offline => "offline",
        Group::Silent => "silent: nothing heard",
    }
}
