//! Redaction: decides which values of the traffic may be written to a recording, and replaces the others.
//!
//! A secret value is replaced by a hash under a key that is drawn per session and never stored. A *change* of the value
//! still shows, but guesses cannot be tested against the hash. These values are secret:
//!
//! - `data` and `stringData` of Secrets, and any other field that the Secret schema does not have: in objects, list
//!   items, table rows, patches of every media type, copies in annotations, and Secrets inside other objects
//! - tokens: TokenRequest, TokenReview, bearer tokens and JSON web tokens anywhere in a text; private keys; passwords in URLs
//! - values that the user's rules select ([`PathRule`]), and values that the program passes to [`Redactor::add_secret`]
//! - in messages, log lines and URLs: every value that was replaced before. In messages about Secrets: everything in quotes
//!
//! A body that cannot be parsed cannot be redacted, so it is not stored. Its length, media type and keyed hash are stored instead.
//! Bodies of kinds without rules are not parsed; they are searched for the few byte sequences that secrets begin with.
//!
//! Redaction replaces byte ranges of the original text. Key order, the text of numbers and escapes stay as they were sent.

mod address;
mod archives;
mod assignments;
mod body_info;
mod cleaner;
mod document;
mod edits;
mod forms;
mod looks;
mod needles;
mod opaque;
mod path_rule;
mod patterns;
mod redactor;
mod secret_values;
mod session_key;
mod shapes;
mod status;
mod stored;
mod text;
mod uri;
mod yaml;

pub use address::public_address;
pub use body_info::BodyInfo;
pub use looks::Looks;
pub use opaque::is_opaque;
pub use path_rule::PathRule;
pub use redactor::{RedactedBody, Redactor};
pub use session_key::SessionKey;
