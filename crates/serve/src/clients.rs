//! The connected clients, as the cursor's document lists them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// The most clients that are listed. Further ones are counted together.
const MAX_CLIENTS: usize = 64;
/// The name under which they are counted.
const OTHERS: &str = "other clients";

/// The clients by their names. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clients(Arc<Mutex<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    clients: BTreeMap<String, Client>,
    count: u64,
}

/// A client, by the program in its User-Agent header.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The watches that are open.
    pub watches: usize,
    pub calls: u64,
    /// The last request.
    pub last: String,
    /// The number of the last request among those of all clients.
    at: u64,
}

impl Clients {
    /// Counts a request. Returns the name under which it was counted.
    pub(crate) fn call(&self, name: String, request: String) -> String {
        let mut calls = self.lock();
        calls.count = calls.count.saturating_add(1);
        let name = calls.place_for(name);
        let at = calls.count;
        let client = calls.clients.entry(name.clone()).or_default();
        client.calls = client.calls.saturating_add(1);
        (client.last, client.at) = (request, at);
        name
    }

    /// Counts a watch until the guard is dropped.
    pub(crate) fn watch(&self, name: String) -> WatchGuard {
        self.count_watch(&name, 1);
        WatchGuard { clients: self.clone(), name }
    }

    fn count_watch(&self, name: &str, by: isize) {
        if let Some(client) = self.lock().clients.get_mut(name) {
            client.watches = client.watches.saturating_add_signed(by);
        }
    }

    /// The clients with their names, the last caller first.
    pub(crate) fn all(&self) -> Vec<(String, Client)> {
        let mut clients: Vec<(String, Client)> =
            self.lock().clients.iter().map(|(name, client)| (name.clone(), client.clone())).collect();
        clients.sort_by_key(|(_, client)| std::cmp::Reverse(client.at));
        clients
    }

    /// `[{client, watches, calls, last}]`, the last caller first.
    pub(crate) fn to_json(&self) -> Value {
        let document = |(name, client): (String, Client)| json!({"client": name, "watches": client.watches, "calls": client.calls, "last": client.last});
        self.all().into_iter().map(document).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    /// Makes room for a client: the one without watches that called least recently is forgotten.
    fn place_for(&mut self, name: String) -> String {
        if self.clients.contains_key(&name) || self.clients.len() < MAX_CLIENTS {
            return name;
        }
        let quiet = self.clients.iter().filter(|(name, client)| client.watches == 0 && *name != OTHERS);
        match quiet.min_by_key(|(_, client)| client.at).map(|(name, _)| name.clone()) {
            Some(oldest) => {
                self.clients.remove(&oldest);
                name
            }
            None => OTHERS.to_owned(),
        }
    }
}

/// A watch that is open.
pub(crate) struct WatchGuard {
    clients: Clients,
    name: String,
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        self.clients.count_watch(&self.name, -1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_clients_is_bounded() {
        let clients = Clients::default();
        let names = |clients: &Clients| -> Vec<String> {
            let list = clients.to_json();
            list.as_array().unwrap().iter().map(|one| one["client"].as_str().unwrap().to_owned()).collect()
        };
        for number in 0..100 {
            assert_eq!(clients.call(format!("c{number}"), "GET /".to_owned()), format!("c{number}"));
        }
        assert_eq!((names(&clients).len(), names(&clients).first().unwrap().as_str()), (MAX_CLIENTS, "c99"));
        let watches: Vec<WatchGuard> = names(&clients).into_iter().map(|name| clients.watch(name)).collect();
        assert_eq!(clients.call("late".to_owned(), "GET /api".to_owned()), OTHERS);
        assert_eq!(clients.to_json()[0], json!({"client": OTHERS, "watches": 0, "calls": 1, "last": "GET /api"}));
        drop(watches);
        assert_eq!(clients.call("late".to_owned(), "GET /apis".to_owned()), "late");
        assert!(clients.to_json().as_array().unwrap().iter().all(|client| client["watches"] == 0));
    }
}
