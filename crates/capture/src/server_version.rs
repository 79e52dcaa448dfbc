//! The version of the API server, from its answer at `/version`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::state::State;
use kuberewind_model::Event;

/// The path of the answer.
const PATH: &str = "/version";
/// The most characters of a member.
const MAX_MEMBER: usize = 200;

/// The members of an answer, as a real server names them.
const MEMBERS: &[&str] = &[
    "major",
    "minor",
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];

pub(super) fn is_version(path: &str) -> bool {
    path == PATH
}

/// Emits the version if it is another one than before.
pub(super) fn learn(state: &mut State, body: &[u8]) {
    let Some(version) = read(body).filter(|version| state.server_version.as_ref() != Some(version)) else { return };
    state.server_version = Some(version.clone());
    state.emit(Event::ServerVersion(version));
}

/// The known members of an answer, as JSON. `None` if it is no version.
fn read(body: &[u8]) -> Option<Arc<str>> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let member = |name: &str| {
        let text = answer.get(name)?.as_str()?;
        Some((name.to_owned(), Value::String(text.chars().take(MAX_MEMBER).collect())))
    };
    let members: Map<String, Value> = MEMBERS.iter().copied().filter_map(member).collect();
    members.contains_key("gitVersion").then(|| Value::Object(members).to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_of_a_version_are_taken() {
        let body = br#"{"gitVersion":"v1.33.1","major":"1","minor":"33","token":"s3cret","platform":["x"]}"#;
        let version: Value = serde_json::from_str(&read(body).unwrap()).unwrap();
        assert_eq!(version, serde_json::json!({"gitVersion": "v1.33.1", "major": "1", "minor": "33"}));
        for other in ["", "[]", "{}", r#"{"major":"1"}"#, r#"{"gitVersion":1}"#, "<html>"] {
            assert_eq!(read(other.as_bytes()), None, "{other}");
        }
    }
}
