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
    Type ["type"] ValueType::Text, "The operation type: GET, LIST, CREATE, UPDATE, PATCH, DELETE, WATCH.";
    Subresource ["sub", "subresource"] ValueType::Text, "The subresource.";
    Code ["code", "status"] ValueType::Number, "The HTTP status.";
    Duration ["dur", "duration"] ValueType::Duration, "How long the call took.";
    ResourceVersion ["rv"] ValueType::Text, "The resourceVersion of the version.";
    Reconcile ["reconcile", "span"] ValueType::Text, "The reconcile that the call belongs to.";
    Actor ["actor"] ValueType::Text, "The actor that made the call.";
    Path ["path"] ValueType::Text, "A field that the operation changed, as a JSON pointer or with dots; fields below it count.";
    Error ["error"] ValueType::Text, "The error's text.";
    Number ["n", "seq"] ValueType::Number, "The operation's number.";
    Body ["body"] ValueType::Text, "Text in the request or response body.";
    Log ["log"] ValueType::Text, "Text of a log line between the operation and the next one.";
}

table! {
    /// A property that `has:` tests.
    Property:
    Error ["error"] ValueType::Text, "It failed.";
    Write ["write"] ValueType::Text, "It is a write.";
    Change ["change"] ValueType::Text, "It changed the world.";
    Object ["object"] ValueType::Text, "It has an object.";
    Reconcile ["reconcile", "span"] ValueType::Text, "It belongs to a reconcile.";
    Body ["body"] ValueType::Text, "It has a body.";
    Finding ["finding"] ValueType::Text, "A finding refers to it.";
    Loop ["loop", "loops"] ValueType::Text, "A loop refers to it.";
    Race ["race", "races"] ValueType::Text, "A race refers to it.";
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
