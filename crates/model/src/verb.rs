//! What an operation did, in Kubernetes' own words and in KubeStep's.

use std::fmt;

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal, $of_type:ident;)*) => {
        /// Kubernetes' own verb; for a watch event, its type. The numbers are the file's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb { $($(#[$doc])* $name = $code),* }

        impl Verb {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Verb] = &[$(Verb::$name),*];

            /// As written in the recording's `verb` column: lower case for calls, upper case for watch events.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Verb::$name => $text),* }
            }

            /// KubeStep's coarser word.
            #[must_use]
            pub fn operation_type(self) -> OperationType {
                match self { $(Verb::$name => OperationType::$of_type),* }
            }

            /// From the number in the file.
            #[must_use]
            pub fn from_code(code: i64) -> Option<Verb> {
                match code { $($code => Some(Verb::$name),)* _ => None }
            }
        }
    };
}

verbs! {
    /// Read of one object.
    Get = 0, "get", Get;
    /// Read of a collection.
    List = 1, "list", List;
    /// A watch was opened (its events are operations of their own).
    Watch = 2, "watch", Watch;
    /// Create, POSTs to subresources included.
    Create = 3, "create", Create;
    /// Replace (PUT).
    Update = 4, "update", Update;
    /// Patch of any media type.
    Patch = 5, "patch", Patch;
    /// Delete of one object.
    Delete = 6, "delete", Delete;
    /// Delete of a collection.
    DeleteCollection = 7, "deletecollection", Delete;
    /// A stream of bytes was opened: exec, attach, port-forward, proxy.
    Connect = 8, "connect", Create;
    /// Watch event: an object came into view.
    Added = 9, "ADDED", Watch;
    /// Watch event: an object changed.
    Modified = 10, "MODIFIED", Watch;
    /// Watch event: an object left (was deleted, or no longer matches the selector).
    Deleted = 11, "DELETED", Watch;
    /// Watch event: the server ended the watch with a status (410 and others).
    Error = 12, "ERROR", Watch;
}

/// One of the words of the `operation_type` column, KubeStep's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationType {
    /// GET
    Get,
    /// LIST
    List,
    /// CREATE
    Create,
    /// UPDATE
    Update,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
    /// WATCH
    Watch,
}

impl OperationType {
    /// As written in the column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            OperationType::Get => "GET",
            OperationType::List => "LIST",
            OperationType::Create => "CREATE",
            OperationType::Update => "UPDATE",
            OperationType::Patch => "PATCH",
            OperationType::Delete => "DELETE",
            OperationType::Watch => "WATCH",
        }
    }
}

impl Verb {
    /// The number in the file.
    #[must_use]
    pub fn code(self) -> i64 {
        self as i64
    }

    /// Whether it asks the server to change something.
    #[must_use]
    pub fn is_write(self) -> bool {
        matches!(self, Verb::Create | Verb::Update | Verb::Patch | Verb::Delete | Verb::DeleteCollection)
    }

    /// Whether it is an event of a watch, not a call.
    #[must_use]
    pub fn is_watch_event(self) -> bool {
        matches!(self, Verb::Added | Verb::Modified | Verb::Deleted | Verb::Error)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
