//! The table of fields and properties, from which parsing, completion and help are derived.

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// Text, compared case-insensitively.
    Text,
    /// An integer.
    Number,
    /// A duration: `250ms`, `1.5s`; a bare number is milliseconds.
    Duration,
}

macro_rules! table {
    ($(#[$meta:meta])* $type:ident: $($name:ident $words:tt $sort:expr, $doc:literal;)*) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $type { $(#[doc = $doc] $name),* }

        impl $type {
            /// All rows, in the order of the help.
            pub const ALL: &'static [$type] = &[$($type::$name),*];

            /// Its names, the preferred one first.
            #[must_use]
            pub fn words(self) -> &'static [&'static str] {
                match self { $($type::$name => &$words),* }
            }

            /// Its description, in one sentence.
            #[must_use]
            pub fn doc(self) -> &'static str {
                match self { $($type::$name => $doc),* }
            }

            #[must_use]
            pub fn value_type(self) -> ValueType {
                match self { $($type::$name => $sort),* }
            }

            /// Looks up a name, ignoring case.
            #[must_use]
            pub fn named(word: &str) -> Option<$type> {
                $type::ALL.iter().copied().find(|one| one.words().iter().any(|name| name.eq_ignore_ascii_case(word)))
            }
        }
    };
}

table! {
    /// A field of an operation.
    Field:
    Kind ["kind"] ValueType::Text, "The kind, its plural or a short name.";
    Namespace ["ns", "namespace"] ValueType::Text, "The namespace.";
    Name ["name"] ValueType::Text, "The object's name.";
    Object ["object", "obj"] ValueType::Text, "Kind/namespace/name.";
    Verb ["verb"] ValueType::Text, "get, list, watch, create, update, patch, delete, ADDED, MODIFIED, DELETED …";
    Type ["type"] ValueType::Text, "The coarser word: GET, LIST, CREATE, UPDATE, PATCH, DELETE, WATCH.";
    Subresource ["sub", "subresource"] ValueType::Text, "The subresource.";
    Code ["code", "status"] ValueType::Number, "The HTTP status.";
    Duration ["dur", "duration"] ValueType::Duration, "How long the call took.";
    ResourceVersion ["rv"] ValueType::Text, "The resourceVersion that was shown.";
    Reconcile ["reconcile", "span"] ValueType::Text, "The reconcile that the call belongs to.";
    Actor ["actor"] ValueType::Text, "Who made the call.";
    Path ["path"] ValueType::Text, "A field that the operation changed, as a JSON pointer or with dots; what is below counts.";
    Error ["error"] ValueType::Text, "The error's text.";
    Number ["n", "seq"] ValueType::Number, "The operation's number.";
    Body ["body"] ValueType::Text, "Text that the body holds, as sent or received.";
    Log ["log"] ValueType::Text, "Text of a line that was printed after the operation and before the next one.";
}

table! {
    /// A property that `has:` tests.
    Property:
    Error ["error"] ValueType::Text, "It failed.";
    Write ["write"] ValueType::Text, "It asked for a change.";
    Change ["change"] ValueType::Text, "The world changed by it.";
    Object ["object"] ValueType::Text, "It is about one object.";
    Reconcile ["reconcile", "span"] ValueType::Text, "It belongs to a reconcile.";
    Body ["body"] ValueType::Text, "A body is kept.";
    Finding ["finding"] ValueType::Text, "A finding rests on it.";
    Loop ["loop", "loops"] ValueType::Text, "A loop rests on it.";
    Race ["race", "races"] ValueType::Text, "A race rests on it.";
}

/// Returns the completions of the word that ends at byte `at`: fields, properties after `has:`, and operators that begin with
/// it.
#[must_use]
pub fn completions(source: &str, at: usize) -> Vec<String> {
    let before = source.get(..at.min(source.len())).unwrap_or(source);
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = before[start..].to_ascii_lowercase();
    if let Some(property) = word.strip_prefix("has:") {
        return begin_with(Property::ALL.iter().map(|property| property.words()[0]), property)
            .map(|property| format!("has:{property}"))
            .collect();
    }
    let names = Field::ALL.iter().map(|field| field.words()[0]).chain(["has:", "and", "or", "not", "in"]);
    begin_with(names, &word).map(str::to_owned).collect()
}

fn begin_with<'a>(words: impl Iterator<Item = &'a str>, start: &str) -> impl Iterator<Item = &'a str> {
    words.filter(move |word| word.starts_with(start))
}
