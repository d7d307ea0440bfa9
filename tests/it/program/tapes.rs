//! Tapes are read as VHS reads them, and played against real programs.

use std::{env, fs, path::Path, time::Duration};

use crate::support::{home::WHOSIN, tape::Tape, wait::LIMIT};

#[test]
fn the_demo_tape_plays_against_the_real_binary() {
    let program = Path::new(WHOSIN.as_str());
    let tape = Tape::parse(include_str!("../../../demo.tape")).unwrap();
    let recording = tape.play(program.parent().unwrap(), LIMIT);
    assert!((10..=15).contains(&recording.length().as_secs()), "it takes {:?}", recording.length());
    check_animation(&recording.svg());
    // The animation of the README, made by `.github/scripts/record.sh`.
    if let Some(file) = env::var_os("WHOSIN_RECORD") {
        fs::write(file, recording.svg()).unwrap();
    }
}

fn check_animation(svg: &str) {
    assert!(svg.len() <= 1_000_000, "{} bytes", svg.len());
    for part in ["<svg", "@keyframes", "Amara Okafor", "busy", "</svg>"] {
        assert!(svg.contains(part), "{part}");
    }
}

#[test]
fn the_animation_of_the_readme_is_an_animated_picture_of_at_most_a_megabyte() {
    check_animation(include_str!("../../../assets/demo.svg"));
}

#[test]
fn a_tape_types_presses_pastes_and_waits() {
    play(
        r#"
        # Everything there is, against bash itself.
        Output demo.gif
        Require bash
        Set Shell bash
        Set Theme { "background": "black" }
        Set WindowBar Rings   # with a bar
        Set TypingSpeed 50ms
        Set WaitTimeout 10s
        Env GREETING "hello there"

        Hide
        Type "echo $GREETING from $COLUMNS" `columns`
        Enter
        Wait+Screen /(?m)^hello there from 75 columns$/
        Wait
        Show
        Set TypingSpeed 0.1
        Type@100ms 'echo "<abd>"'
        Left 3
        Type c
        Enter@500ms
        Wait+Screen@2s /\n<abcd>/
        Copy "echo past"
        Paste
        Type "ed"
        Space 2
        Enter
        Wait+Screen /\npasted/
        Wait+Line /^>$/
        Type "rubbish"
        Ctrl+u
        Wait+Line /^>$/
        Type "echo 1\/2"
        Enter
        Wait+Screen /\n1\/2/
        Sleep 500ms
        Screenshot end.png
        "#,
    );
}

#[test]
#[should_panic(expected = "waited 10ms for: line 3 of the tape, Screen /never/")]
fn a_wait_in_vain_names_its_line() {
    let tape = Tape::parse("Type 'echo ne'\nEnter\nWait+Screen@10ms /never/").unwrap();
    tape.play(Path::new("/nowhere"), Duration::ZERO);
}

#[test]
#[should_panic(expected = "before line 3 of the tape:\n> no-such-program")]
fn a_command_that_does_not_exist_fails() {
    play("Type no-such-program\nEnter\nWait+Screen /never/");
}

#[test]
#[should_panic(expected = "the tape requires no-such-program, which is not installed")]
fn a_required_program_has_to_be_there() {
    play("Require no-such-program");
}

#[test]
fn mistakes_are_refused_with_their_line() {
    let mistakes = [
        ("Tipe hello", "Tipe is no command"),
        ("Hide the rest", "Hide does not go with"),
        ("Home", "Home is no command"),
        ("Ctrl+1", "Ctrl+1 is no command"),
        ("\"Enter\"", "is no command"),
        ("Type \"hello", "has no second \""),
        ("Type /hello/", "should be text"),
        ("Wait+Screen /hello", "has no second /"),
        ("Wait+Screen hello", "should be a /pattern/"),
        ("Wait /(/", "unclosed group"),
        ("Enter soon", "soon is not a number"),
        ("Sleep long", "long is not a time"),
        ("Set Colour red", "Colour is no setting"),
        ("Set Shell fish", "fish is none of"),
        ("Set Width", "Set is no command"),
        ("Env A b\nSet Width 900", "comes too late"),
        ("Enter\nRequire bash", "comes too late"),
    ];
    for (text, mistake) in mistakes {
        let said = Tape::parse(text).expect_err(text);
        let line = format!("line {}: ", text.lines().count());
        assert!(said.starts_with(&line) && said.contains(mistake), "{text}: {said}");
    }
}

#[test]
fn the_terminal_is_as_large_as_in_vhs() {
    // Measured with `stty size` in VHS itself.
    for (settings, size) in [
        ("", "16 75"),
        ("Set Width 1000\nSet Height 560\nSet FontSize 18\nSet Padding 20\nSet WindowBar Rings", "20 85"),
        ("Set Width 1200\nSet Height 700\nSet FontSize 16\nSet Padding 20\nSet WindowBar Rings", "29 113"),
        ("Set Width 1280\nSet Height 720\nSet FontSize 14\nSet Padding 10", "38 137"),
    ] {
        play(&format!("{settings}\nType 'stty size'\nEnter\nWait+Screen /(?m)^{size}$/"));
    }
}

/// Plays a tape with the programs of this machine.
fn play(tape: &str) {
    Tape::parse(tape).unwrap().play(Path::new("/nowhere"), LIMIT);
}
