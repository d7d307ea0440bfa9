//! The views, what is left out of them, and the details, on screens of each size.

use super::*;

/// The program with Bob as a favourite and a view of the room that everybody is in.
fn prepared() -> Program {
    let mut program = Program::live();
    program.select("bob").press("p").key(KeyCode::Esc);
    program
}

#[test]
fn tab_walks_through_the_views() {
    let mut program = prepared();
    assert!(program.line(3).contains("[People]"), "{}", program.line(3));
    let mut lists = Vec::new();
    for _ in 0..4 {
        program.key(KeyCode::Tab);
        let screen = program.screen();
        lists.push(screen.lines().skip(3).take(8).collect::<Vec<_>>().join("\n"));
    }
    assert_snapshot!("views", lists.join("\n\n"));
    program.key(KeyCode::BackTab);
    assert!(program.line(3).contains("[Direct]"), "{}", program.line(3));
}

#[test]
fn an_empty_view_says_how_it_fills() {
    let mut program = Program::live();
    program.key(KeyCode::BackTab).key(KeyCode::BackTab);
    assert!(program.screen().contains("No favourites yet: select somebody"), "{}", program.screen());
    program.key(KeyCode::Tab).press("123");
    assert!(program.screen().contains("All 3 are in states that are left out"), "{}", program.screen());
}

#[test]
fn hidden_states_and_the_sort_order_stand_above_the_list() {
    let mut program = prepared();
    assert_snapshot!("left_out", program.press("hs").screen());
}

#[test]
fn details_take_the_place_of_the_list_until_they_are_closed() {
    let mut program = prepared();
    program.select("dave").sized(80, 24).key(KeyCode::Enter);
    assert_snapshot!("details", program.screen());
    program.press("k");
    assert!(program.screen().contains("@carol:example.org"), "the one before: {}", program.screen());
    program.key(KeyCode::Esc);
    assert!(program.screen().contains("● FREE"), "{}", program.screen());
}

#[test]
fn details_and_log_stand_beside_the_list_of_a_large_screen() {
    let mut program = prepared();
    program.select("bob").press("n").select("carol").press("nn").after(600);
    program.synced(Synced {
        presence: vec![event("bob", Presence::Busy, "in a meeting", 0)],
        ..Synced::default()
    });
    assert_snapshot!("details_120", program.sized(120, 40).screen());
    assert_snapshot!("details_200", program.sized(200, 60).screen());
}
