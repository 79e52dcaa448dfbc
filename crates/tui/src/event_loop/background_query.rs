//! Asks the terminal for its background colour, and finds the reply among the keys.
//!
//! The first frame does not wait for the reply: many terminals never send one, and over a slow link it comes late.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::super::theme::Background;

/// Asks for the background colour (OSC 11).
pub(super) const QUERY: &str = "\x1b]11;?\x1b\\";

/// The beginning of a reply, after the introducer.
const HEAD: &str = "11;rgb";
/// Longer text is no reply.
const MAX_TEXT: usize = 32;
/// Keys that look like the beginning of a reply are held back for this many looks at the terminal.
const PATIENCE: u32 = 10;

/// Takes the reply out of the keys. A terminal's reply arrives as the keys alt-], the characters of the reply, and its end: ctrl-g or
/// alt-\.
#[derive(Debug, Default)]
pub(super) struct BackgroundQuery {
    held: Vec<Event>,
    text: String,
    looks: u32,
}

/// The result for an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// These events are no reply. Empty while it is not clear.
    Keys(Vec<Event>),
    /// The reply, `None` if the colour is not understood. There is no other one.
    Reply(Option<Background>),
}

impl BackgroundQuery {
    pub(super) fn take(&mut self, event: Event) -> Taken {
        self.looks = 0;
        let key = match &event {
            Event::Key(key) => key,
            // A new size may come between the parts of a reply.
            _ if self.held.is_empty() || matches!(event, Event::Resize(..)) => return Taken::Keys(vec![event]),
            _ => return self.no_reply(event),
        };
        if self.held.is_empty() {
            if !is_held(key, KeyModifiers::ALT, ']') {
                return Taken::Keys(vec![event]);
            }
        } else if is_held(key, KeyModifiers::CONTROL, 'g') || is_held(key, KeyModifiers::ALT, '\\') {
            let Some(color) = self.text.strip_prefix("11;").filter(|color| color.starts_with("rgb")) else {
                return self.no_reply(event);
            };
            let background = Background::of_color(color);
            *self = BackgroundQuery::default();
            return Taken::Reply(background);
        } else {
            match key.code {
                KeyCode::Char(c) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => self.text.push(c),
                _ => return self.no_reply(event),
            }
            if !may_be_reply(&self.text) {
                return self.no_reply(event);
            }
        }
        self.held.push(event);
        Taken::Keys(Vec::new())
    }

    /// No event came for a while. Returns the events that were held back for too long.
    pub(super) fn idle(&mut self) -> Vec<Event> {
        self.looks += u32::from(!self.held.is_empty());
        if self.looks < PATIENCE {
            return Vec::new();
        }
        std::mem::take(self).held
    }

    fn no_reply(&mut self, last: Event) -> Taken {
        let mut events = std::mem::take(self).held;
        events.push(last);
        Taken::Keys(events)
    }
}

fn is_held(key: &KeyEvent, modifier: KeyModifiers, c: char) -> bool {
    key.code == KeyCode::Char(c) && key.modifiers == modifier
}

fn may_be_reply(text: &str) -> bool {
    if text.len() <= HEAD.len() {
        return HEAD.starts_with(text);
    }
    let color = |c: char| c.is_ascii_hexdigit() || c == '/' || c == ':';
    text.len() <= MAX_TEXT && text.strip_prefix(HEAD).is_some_and(|rest| rest.chars().all(color))
}

#[cfg(test)]
mod tests {
    use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

    use super::{BackgroundQuery, PATIENCE, Taken};
    use crate::theme::Background;

    fn key(c: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    fn keys(text: &str) -> Vec<Event> {
        let mut events = vec![key(']', KeyModifiers::ALT)];
        events.extend(text.chars().map(|c| key(c, KeyModifiers::NONE)));
        events
    }

    #[test]
    fn a_reply_is_taken_out_of_the_keys() {
        for end in [key('g', KeyModifiers::CONTROL), key('\\', KeyModifiers::ALT)] {
            let mut query = BackgroundQuery::default();
            for event in keys("11;rgb:ffff/ffff/ffff") {
                assert_eq!(query.take(event), Taken::Keys(Vec::new()));
            }
            assert_eq!(query.take(Event::Resize(80, 24)), Taken::Keys(vec![Event::Resize(80, 24)]));
            assert_eq!(query.take(end), Taken::Reply(Some(Background::Light)));
        }
    }

    #[test]
    fn keys_that_are_no_reply_are_not_lost() {
        for typed in ["j", "11;x", "11;rgb:zz", &format!("11;rgb:{}", "f".repeat(64)), "1q"] {
            let mut query = BackgroundQuery::default();
            let mut passed = Vec::new();
            for event in keys(typed) {
                match query.take(event) {
                    Taken::Keys(keys) => passed.extend(keys),
                    Taken::Reply(_) => panic!("{typed} is no reply"),
                }
            }
            (0..PATIENCE).for_each(|_| passed.extend(query.idle()));
            assert_eq!(passed, keys(typed));
        }
    }

    #[test]
    fn a_lone_key_is_held_back_briefly() {
        let mut query = BackgroundQuery::default();
        assert_eq!(query.take(keys("")[0].clone()), Taken::Keys(Vec::new()));
        assert!((1..PATIENCE).all(|_| query.idle().is_empty()));
        assert_eq!(query.idle(), keys(""));
        assert_eq!(query.idle(), Vec::new());
    }
}
