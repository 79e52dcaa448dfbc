//! The key table and KEYBINDINGS.md.

use kuberewind_tui::keybindings::keybindings;

#[test]
fn the_page_of_keys_is_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("KEYBINDINGS.md");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, keybindings()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), keybindings(), "UPDATE_SNAPSHOTS=1 cargo test --test tui writes it anew");
}

#[test]
fn every_action_has_a_row() {
    use kuberewind_tui::action::Action;
    use kuberewind_tui::keys::TABLE;

    for action in Action::ALL {
        assert!(TABLE.iter().any(|row| row.action == *action), "{action:?} is reached by no key");
    }
}

#[test]
fn every_row_of_the_table_does_something() {
    use crate::recording::{fight, stage};
    use kuberewind_tui::keys::{Context, Key, TABLE};
    use kuberewind_tui::update::{Msg, update};

    for row in TABLE {
        // The keys that open the context of the row.
        let before = match row.context {
            Context::Main => "g g 2 0 .",
            Context::List => "1 0 G b 2 0 G b M j",
            Context::Help => "?",
            Context::Picker => "ctrl-p",
            Context::Prompt => "/",
        };
        for keys in row.keys {
            let (_folder, file) = fight(6);
            let mut stage = stage(&file, (80, 24), "dark");
            stage.keys(before).unwrap();
            let before = match *keys {
                "z o" | "z R" => "g g 2 0 . V y g g j j z M",
                "z a" | "z c" => "g g 2 0 . V y g g j j",
                "alt-1" | "V t" | "ctrl-w k" => "alt-2",
                "0" => "g g L",
                "$" => "g g 2 ] e",
                "K" => "g g 2 0 . J J",
                "H" | "h" | "Left" => "g g 2 0 . L",
                "[ c" => "g g 2 0 . ] c",
                _ => before,
            };
            let keys = keys.replace("{a-z}", "q");
            let mut effects = Vec::new();
            for key in Key::parse_all(&keys).unwrap() {
                effects = update(&mut stage.state, Msg::Key(key));
            }
            assert!(stage.state.keys.pending.is_empty(), "{keys} waits for more");
            let said = stage.state.screen.message.as_ref().map_or("", |(_, text)| text);
            assert!(!said.contains("does nothing"), "{keys}: {said}");
            let waits = !effects.is_empty() || !said.is_empty() || stage.state.requests.awaited.is_some();
            stage.send(Msg::Resize(80, 24));
            let changed = stage.screen().unwrap() != fresh(&file, before);
            let at_an_end = keys == "Esc" || row.context != Context::Main;
            assert!(waits || changed || at_an_end, "{keys} ({}) changes nothing and asks for nothing", row.doc);
        }
    }
}

/// The screen before the key.
fn fresh(file: &std::path::Path, before: &str) -> ratatui::buffer::Buffer {
    let mut stage = crate::recording::stage(file, (80, 24), "dark");
    stage.keys(before).unwrap();
    stage.screen().unwrap()
}

#[test]
fn sentences_name_the_keys_as_they_are() {
    use crate::recording::{fight, stage};
    use kuberewind_tui::keys::Keymap;

    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    let keys = "[main]\nfilter-switch = 'alt-f'\nundo = []\nhelp = 'F'\nfollow = []\nset-mark = 'g m {a-z}'\njump-to-mark = 'g k {a-z}'\n\
                noise = 'alt-x'\n[list]\ncancel = 'X'\n[prompt]\ncomplete = 'alt-c'\n";
    stage.state.keys.map = Keymap::default().with("keys.toml", keys).unwrap();
    let shows = |stage: &kuberewind_tui::headless::Headless, words: &str| {
        let screen = stage.glyphs().unwrap();
        assert!(screen.contains(words), "{words:?} is not on\n{screen}");
    };
    stage.keys("1 1 G g m q").unwrap();
    shows(&stage, "mark q set at #11; gkq comes back");
    shows(&stage, "2 hidden, alt-x shows");
    stage.keys("V f").unwrap();
    stage.keys("V t M").unwrap();
    shows(&stage, "Enter jumps, X closes");
    stage.keys("X f").unwrap();
    shows(&stage, "Enter does it, alt-c completes");
    stage.text("verb==patch");
    stage.keys("Enter alt-f").unwrap();
    shows(&stage, "off, alt-f turns it on");
    shows(&stage, "the filter is off; alt-f turns it on again");
    stage.keys("alt-f Esc").unwrap();
    shows(&stage, "everything is shown; :undo brings the filter back");
    stage.keys("&").unwrap();
    shows(&stage, "& does nothing here; F shows the keys");
    stage.keys("s").unwrap();
    shows(&stage, "Enter applies, Tab edits, X closes");
}

#[test]
fn the_help_and_the_hints_show_the_keys_as_they_are() {
    use crate::recording::{fight, stage};
    use kuberewind_tui::keys::Keymap;

    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.state.keys.map =
        Keymap::default().with("keys.toml", "[main]\nnext-operation = 'alt-n'\ngo-to = []\nhelp = ['?', 'alt-h']").unwrap();
    stage.keys("g g").unwrap();
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains("alt-n step") && !screen.contains("go to"), "{screen}");
    stage.keys("alt-n .").unwrap();
    assert_eq!(stage.state.cursor.0, 2, "{}", stage.glyphs().unwrap());
    assert!(stage.glyphs().unwrap().contains(". does nothing here"));
    stage.keys("alt-h").unwrap();
    stage.text("alt-");
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains("Keys in Timeline") && screen.contains("alt-n") && screen.contains("? alt-h"), "{screen}");
    stage.keys("ctrl-u").unwrap();
    stage.text("next-operation");
    assert!(stage.glyphs().unwrap().contains("next operation, whatever pane"), "an action's name finds it as well");
}

#[test]
fn messages_between_two_keys_do_not_break_a_sequence() {
    use crate::recording::{fight, stage};
    use kuberewind_model::{Duration, Timestamp};
    use kuberewind_tui::doc::Tone;
    use kuberewind_tui::update::Msg;

    let (_folder, file) = fight(6);
    for (first, rest, to) in [("g", "g", 1), ("1 1", "G", 11), ("3 ]", "w", 0)] {
        let mut stage = stage(&file, (80, 24), "dark");
        stage.keys(first).unwrap();
        let pending = stage.state.keys.pending.clone();
        stage.send(Msg::Resize(120, 40));
        stage.send(Msg::Focused);
        stage.send(Msg::Show(Tone::Notice, "the theme is light".to_owned()));
        // Long enough to show the keys that can follow.
        stage.tick(Timestamp(1).plus(Duration::from_millis(5_000)));
        stage.send(Msg::Resize(80, 24));
        assert_eq!(stage.state.keys.pending, pending, "{first}");
        stage.keys(rest).unwrap();
        assert!(stage.state.keys.pending.is_empty());
        if to > 0 {
            assert_eq!(stage.state.cursor.0, to, "{first} {rest}");
        }
    }
}
