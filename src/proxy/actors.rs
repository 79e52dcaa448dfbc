//! Names the actor of a call.
//!
//! The first of these that is known: `--actor`; the program in the User-Agent header (`manager/v0.0.0 (linux/amd64) …` is
//! `manager`, while library names such as `Go-http-client/1.1` and `kube-rs` name no program); the program at the client end
//! of the connection (see [`super::client_programs`]); the recorded child. Without a child, it is the connection's latest
//! field manager, because each operator has its own connections.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use http::HeaderMap;
use http::header::USER_AGENT;

use kuberewind_capture::PendingActor;
use kuberewind_model::k8s::user_agent;

/// Longer names are cut, because they come from the network.
const MAX_CHARS: usize = 100;

/// The rules that name actors.
#[derive(Debug, Clone, Default)]
pub struct ActorNaming {
    /// `--actor`.
    pub from_flag: Option<Arc<str>>,
    /// The recorded child's program.
    pub child: Option<Arc<str>>,
}

/// The client of one connection.
#[derive(Debug)]
pub struct ClientConnection {
    /// The latest field manager in a request on this connection.
    manager: Mutex<Option<Arc<str>>>,
    /// The program at the client end. The lookup starts with the first call without a known user agent.
    program: LazyLock<Option<Arc<PendingActor>>, ProgramLookup>,
}

/// Starts a lookup; `None` if the program cannot be found.
type ProgramLookup = Box<dyn FnOnce() -> Option<Arc<PendingActor>> + Send>;

impl ClientConnection {
    /// A client whose program `lookup` finds.
    #[must_use]
    pub fn new(lookup: impl FnOnce() -> Option<Arc<PendingActor>> + Send + 'static) -> ClientConnection {
        ClientConnection { manager: Mutex::default(), program: LazyLock::new(Box::new(lookup)) }
    }
}

/// The name of a call's actor.
#[derive(Debug, Clone)]
pub struct CallActor {
    /// The name that is known now.
    pub name: Arc<str>,
    /// A better name, if a lookup is running.
    pub late: Option<Arc<PendingActor>>,
}

impl From<Arc<str>> for CallActor {
    fn from(name: Arc<str>) -> CallActor {
        CallActor { name, late: None }
    }
}

impl ActorNaming {
    /// The actor of a call on `connection`.
    pub fn actor(&self, headers: &HeaderMap, field_manager: &str, connection: &ClientConnection) -> CallActor {
        if let Some(known) = self.from_flag.clone().or_else(|| program(headers)) {
            return known.into();
        }
        if let Some(child) = &self.child {
            return CallActor { name: child.clone(), late: (*connection.program).clone() };
        }
        let mut known = connection.manager.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manager) = clean(field_manager) {
            *known = Some(manager);
        }
        known.clone().unwrap_or_else(|| Arc::from("client")).into()
    }
}

fn program(headers: &HeaderMap) -> Option<Arc<str>> {
    clean(user_agent::program(headers.get(USER_AGENT)?.to_str().ok()?)?)
}

/// Removes control characters and cuts the name; `None` if nothing is left.
fn clean(name: &str) -> Option<Arc<str>> {
    let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect();
    let name = name.trim();
    if name.is_empty() { None } else { Some(Arc::from(name)) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use http::header::USER_AGENT;
    use http::{HeaderMap, HeaderValue};

    use super::{ActorNaming, ClientConnection};
    use kuberewind_capture::PendingActor;

    fn agent(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(text))])
    }

    fn unknown() -> ClientConnection {
        ClientConnection::new(|| None)
    }

    fn name(naming: &ActorNaming, headers: &HeaderMap, manager: &str, caller: &ClientConnection) -> Arc<str> {
        naming.actor(headers, manager, caller).name
    }

    #[test]
    fn operators_have_separate_names() {
        let naming = ActorNaming::default();
        let (first, second) = (unknown(), unknown());
        assert_eq!(&*name(&naming, &agent("manager/v0.0.0 (linux/amd64) kubernetes/$Format"), "", &first), "manager");
        assert_eq!(&*name(&naming, &agent("Go-http-client/1.1"), "", &first), "client");
        assert_eq!(&*name(&naming, &agent("Go-http-client/1.1"), "hpa", &first), "hpa");
        assert_eq!(&*name(&naming, &agent("Go-http-client/1.1"), "", &first), "hpa", "the connection keeps its field manager");
        assert_eq!(&*name(&naming, &HeaderMap::new(), "", &second), "client", "another connection has none");
    }

    #[test]
    fn the_flag_wins_then_the_user_agent_then_the_child() {
        let child = ActorNaming { from_flag: None, child: Some("checkout".into()) };
        assert_eq!(&*name(&child, &HeaderMap::new(), "shop-operator", &unknown()), "checkout");
        assert_eq!(&*name(&child, &agent("kubectl/v1.32.4 (linux/amd64)"), "", &unknown()), "kubectl");
        let lookups = Arc::new(AtomicU32::new(0));
        let counted = lookups.clone();
        let client = ClientConnection::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Some(Arc::new(PendingActor::default()))
        });
        let late = |headers: &HeaderMap| child.actor(headers, "", &client).late.is_some();
        assert!(!late(&agent("kubectl/v1.32.4")), "the user agent names the actor");
        assert_eq!(lookups.load(Ordering::SeqCst), 0, "no lookup was started");
        assert!(late(&agent("Go-http-client/1.1")) && late(&HeaderMap::new()), "several programs may run below the child");
        assert_eq!(lookups.load(Ordering::SeqCst), 1, "one lookup per connection");
        let named = ActorNaming { from_flag: Some("me".into()), ..child };
        assert_eq!(&*name(&named, &agent("kubectl/v1.32.4"), "", &unknown()), "me");
    }
}
