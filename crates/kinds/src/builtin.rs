//! The embedded table of the built-in kinds.

use std::sync::OnceLock;

use crate::message::{Message, MessageId};
use crate::parse;
use crate::table::Table;

/// `table.txt`, from which the generator makes it.
static PACKED: &[u8] = include_bytes!("table.txt.zst");

/// Upper bound of the size of the text.
const TEXT_BYTES: usize = 1 << 20;

/// Returns the table. The first call decodes it, in about 4 ms.
///
/// The text is a constant of the build and a test decodes it. If it could not be read, the table would be empty.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| load().unwrap_or_default())
}

fn load() -> Option<Table> {
    let text = zstd::bulk::decompress(PACKED, TEXT_BYTES).ok()?;
    // The table lives as long as the program, and so does the text that its names point into.
    let text: &'static str = Box::leak(String::from_utf8(text).ok()?.into_boxed_str());
    parse::parse(text)
}

impl MessageId {
    /// Returns the message.
    #[must_use]
    pub fn message(self) -> &'static Message {
        table().message(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    #[test]
    fn the_embedded_table_is_the_text_beside_it() {
        let text = zstd::bulk::decompress(PACKED, TEXT_BYTES).unwrap();
        assert!(text == include_bytes!("table.txt"), "run `go run ./table` in generate/");
    }

    #[test]
    fn every_line_of_the_table_is_used() {
        let table = table();
        let text = include_str!("table.txt");
        let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(table.messages.len(), count("message "));
        assert_eq!(table.kinds.len(), count("kind "));
        assert_eq!(table.shared.len(), count("shared "));
        let fields: usize = table.messages.iter().map(|message| message.fields.len()).sum();
        let resources = table.kinds.iter().filter_map(Kind::resource);
        let subresources: usize = resources.map(|resource| resource.subresources.len()).sum();
        assert_eq!(fields + subresources, count("\t"));
    }
}
