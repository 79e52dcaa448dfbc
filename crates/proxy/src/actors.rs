//! Names the actor of a call.
//!
//! The first of these that is known: `--actor`; the program and the component in the User-Agent header (see
//! [`ActorName`](kuberewind_model::k8s::actor_name::ActorName)); the program at the client end of the connection (see
//! [`super::client_programs`]); the recorded child. Without a child, it is the connection's latest field manager, because each operator
//! has its own connections. Below a child, the process at the client end tells two programs with one name apart.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::HeaderMap;
use http::header::USER_AGENT;

use kuberewind_capture::{PendingActor, ProcessLookup};
use kuberewind_model::k8s::actor_name::{ActorName, Sender, is_tool};

/// The rules that name actors.
#[derive(Debug, Clone, Default)]
pub struct ActorNaming {
    /// `--actor`.
    pub from_flag: Option<Arc<str>>,
    /// The recorded child's program.
    pub child: Option<Arc<str>>,
}

/// The client of one connection.
pub struct ClientConnection {
    /// The latest field manager in a request on this connection.
    manager: Mutex<Option<Arc<str>>>,
    /// The process at the client end. The lookup starts with the first call.
    process: OnceLock<Option<Arc<ProcessLookup>>>,
    start_lookup: Mutex<Option<StartLookup>>,
}

/// Starts a lookup of a process, which has this name by its first call; `None` if it cannot be found.
type StartLookup = Box<dyn FnOnce(Option<Arc<str>>) -> Option<Arc<ProcessLookup>> + Send>;

impl ClientConnection {
    /// A client whose process `lookup` finds.
    #[must_use]
    pub fn new(lookup: impl FnOnce(Option<Arc<str>>) -> Option<Arc<ProcessLookup>> + Send + 'static) -> ClientConnection {
        let start_lookup: StartLookup = Box::new(lookup);
        ClientConnection { manager: Mutex::default(), process: OnceLock::new(), start_lookup: Mutex::new(Some(start_lookup)) }
    }

    fn process(&self, named: Option<&ActorName>) -> Option<Arc<ProcessLookup>> {
        let start = || {
            let lookup = self.start_lookup.lock().unwrap_or_else(PoisonError::into_inner).take()?;
            lookup(named.map(|name| name.process.as_str().into()))
        };
        self.process.get_or_init(start).clone()
    }
}

impl std::fmt::Debug for ClientConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientConnection").field("manager", &self.manager).field("process", &self.process).finish_non_exhaustive()
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
        if let Some(flag) = self.from_flag.clone() {
            return flag.into();
        }
        let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let named = ActorName::of_user_agent(agent);
        if let Some(child) = &self.child {
            let name = named.as_ref().map_or_else(|| child.clone(), |name| name.to_string().into());
            // All processes of a tool are one actor, and most have ended before a lookup could find them.
            let process = if is_tool(&name) { None } else { connection.process(named.as_ref()) };
            return CallActor { late: process.map(|process| Arc::new(PendingActor::new(process, named))), name };
        }
        let mut known = connection.manager.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manager) = ActorName::of(&Sender { field_manager, ..Sender::default() }) {
            *known = Some(manager.to_string().into());
        }
        match named {
            Some(name) => CallActor::from(Arc::from(name.to_string())),
            None => known.clone().unwrap_or_else(|| Arc::from("client")).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use http::header::USER_AGENT;
    use http::{HeaderMap, HeaderValue};

    use super::{ActorNaming, ClientConnection};
    use kuberewind_capture::ProcessLookup;

    fn agent(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(text))])
    }

    fn unknown() -> ClientConnection {
        ClientConnection::new(|_| None)
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
        let client = ClientConnection::new(move |name| {
            counted.fetch_add(1, Ordering::SeqCst);
            let lookup = ProcessLookup::default();
            lookup.resolve(Some(format!("{}@2", name.as_deref().unwrap_or("checkout")).into()));
            Some(Arc::new(lookup))
        });
        let late = |headers: &HeaderMap| child.actor(headers, "", &client).late.and_then(|late| late.wait());
        assert_eq!(late(&agent("kubectl/v1.32.4")), None, "all processes of a tool are one actor");
        assert_eq!(lookups.load(Ordering::SeqCst), 0, "no lookup was started");
        let manager = agent("manager/v0.0.0 (linux/amd64) kubernetes/$Format/leader-election");
        assert_eq!(late(&manager).as_deref(), Some("manager@2/leader-election"), "two programs may have one name");
        assert_eq!(late(&agent("Go-http-client/1.1")).as_deref(), Some("manager@2"), "several programs may run below the child");
        assert_eq!(lookups.load(Ordering::SeqCst), 1, "one lookup per connection");
        let named = ActorNaming { from_flag: Some("me".into()), ..child };
        assert_eq!(&*name(&named, &agent("kubectl/v1.32.4"), "", &unknown()), "me");
    }
}
