//! The refusals of requests.

use kuberewind_cluster::{Name, TableKey};
use kuberewind_model::k8s::status::{Status, Subject};
use kuberewind_model::{Error, Presence};

use super::past::Past;

/// The answer to a request whose objects cannot be read.
pub(crate) fn unreadable(error: &Error) -> Status {
    Status::new(500, "InternalError", format!("the recording cannot be read: {error}"))
}

/// The refusal of what a recording cannot do.
pub(crate) fn refusal(past: &Past, why: &str) -> Status {
    Status::new(405, "MethodNotAllowed", format!("this is a recording at {} ({}): {why}", past.at, past.options.name))
}

/// The refusal for an object that the world at the cursor does not have: it is absent, or nothing is known about it.
pub(crate) fn missing(past: &Past, table: &TableKey, name: &Name) -> Status {
    let not_found = Status::not_found(Subject { resource: &table.plural, group: &table.group, name: &name.name });
    match past.presence(table, name) {
        Ok(Presence::Unknown) => {
            let subject = not_found.message.trim_end_matches(" not found").to_owned();
            Status { message: format!("{subject} not known at {}", past.at), ..not_found }
        }
        Ok(_) => not_found,
        Err(error) => unreadable(&error),
    }
}
