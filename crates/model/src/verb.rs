//! Verbs of operations, as in Kubernetes and as in KubeStep.

use std::fmt;

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal, $of_type:ident;)*) => {
        /// The Kubernetes verb, or the type of a watch event. The numbers are those of the file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb { $($(#[$doc])* $name = $code),* }

        impl Verb {
            /// In order of their numbers.
            pub const ALL: &'static [Verb] = &[$(Verb::$name),*];

            /// The text of the `verb` column: lower case for calls, upper case for watch events.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Verb::$name => $text),* }
            }

            /// KubeStep's type for this verb.
            #[must_use]
            pub fn operation_type(self) -> OperationType {
                match self { $(Verb::$name => OperationType::$of_type),* }
            }

            /// Decodes the number in the file.
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
    /// A watch is opened. Its events are separate operations.
    Watch = 2, "watch", Watch;
    /// Create, including POSTs to subresources.
    Create = 3, "create", Create;
    /// Replace (PUT).
    Update = 4, "update", Update;
    /// Patch of any media type.
    Patch = 5, "patch", Patch;
    /// Delete of one object.
    Delete = 6, "delete", Delete;
    /// Delete of a collection.
    DeleteCollection = 7, "deletecollection", Delete;
    /// A byte stream is opened: exec, attach, port-forward, proxy.
    Connect = 8, "connect", Create;
    /// Watch event: an object entered the view.
    Added = 9, "ADDED", Watch;
    /// Watch event: an object changed.
    Modified = 10, "MODIFIED", Watch;
    /// Watch event: an object was deleted, or no longer matches the selector.
    Deleted = 11, "DELETED", Watch;
    /// Watch event: the server ended the watch with a status, for example 410.
    Error = 12, "ERROR", Watch;
}

/// The `operation_type` column, as KubeStep defines it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationType {
    Get,
    List,
    Create,
    Update,
    Patch,
    Delete,
    Watch,
}

impl OperationType {
    /// The text of the column.
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

    /// True for verbs that request a change.
    #[must_use]
    pub fn is_write(self) -> bool {
        matches!(self, Verb::Create | Verb::Update | Verb::Patch | Verb::Delete | Verb::DeleteCollection)
    }

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
