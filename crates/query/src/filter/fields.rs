//! The table of fields and properties, from which parsing, completion and help are derived.

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    /// Text, compared case-insensitively.
    Text,
    /// An integer.
    Number,
    /// A duration: `250ms`, `1.5s`; a bare number is milliseconds.
    Duration,
}

macro_rules! table {
    ($(#[$meta:meta])* $type:ident: $($name:ident $words:tt $doc:literal;)*) => {
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
    Kind ["kind"] "The kind, its plural or a short name.";
    Namespace ["ns", "namespace"] "The namespace.";
    Name ["name"] "The object's name.";
    Object ["object", "obj"] "Kind/namespace/name.";
    Verb ["verb"] "get, list, watch, create, update, patch, delete, ADDED, MODIFIED, DELETED …";
    Type ["type"] "The operation type: GET, LIST, CREATE, UPDATE, PATCH, DELETE, WATCH.";
    Subresource ["sub", "subresource"] "The subresource.";
    Code ["code", "status"] "The HTTP status.";
    Duration ["dur", "duration"] "How long the call took.";
    ResourceVersion ["rv"] "The resourceVersion of the version.";
    Reconcile ["reconcile", "span"] "The reconcile that the call belongs to.";
    Actor ["actor"] "The actor that made the call.";
    Path ["path"] "A field that the operation changed, as a JSON pointer or with dots; fields below it count.";
    Error ["error"] "The error's text.";
    Reason ["reason"] "The reason of a failure: Conflict, NotFound, Forbidden, Invalid …";
    Number ["n", "seq"] "The operation's number.";
    Body ["body"] "Text in the request or response body.";
    Log ["log"] "Text of a log line between the operation and the next one.";
}

table! {
    /// A property that `has:` tests.
    Property:
    Error ["error"] "It failed.";
    Write ["write"] "It is a write.";
    Change ["change"] "It changed the world: the first to show a new version, or the write of one.";
    Object ["object"] "It has an object.";
    Reconcile ["reconcile", "span"] "It belongs to a reconcile.";
    Body ["body"] "It has a body.";
    Finding ["finding"] "A finding refers to it.";
    Loop ["loop", "loops"] "A loop refers to it.";
    Race ["race", "races"] "A race refers to it.";
}

impl Field {
    pub(super) fn value_type(self) -> ValueType {
        match self {
            Field::Code | Field::Number => ValueType::Number,
            Field::Duration => ValueType::Duration,
            _ => ValueType::Text,
        }
    }
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
