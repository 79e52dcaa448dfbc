//! The API server that follows the cursor.

use crate::action::Action;
use crate::doc::Tone;
use crate::effect::Effect;
use crate::moment_server::{ServerClients, ServerNews, ServerNo, ServerRequest};
use crate::state::{Server, State};
use kuberewind_text::shell_quote;

/// Starts a server at the cursor, or ends the one that runs.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    if state.server.take().is_some() {
        state.say(Tone::Muted, "the server has ended");
        return vec![Effect::Serve(ServerRequest::Stop)];
    }
    let (no, session, at) = (state.next_generation(), state.snapshot.session.session_id.clone(), state.cursor);
    state.server = Some(Server { no, session: session.clone(), at, kubeconfig: None, clients: ServerClients::default() });
    vec![Effect::Serve(ServerRequest::Start { no, session, at })]
}

/// Takes the news of a server. Those of an ended one are dropped.
pub(super) fn take(state: &mut State, no: ServerNo, news: ServerNews) -> Vec<Effect> {
    let Some(server) = state.server.as_mut().filter(|server| server.no == no) else { return Vec::new() };
    match news {
        ServerNews::Started { kubeconfig } => {
            let text = format!("export KUBECONFIG={}", shell_quote(&kubeconfig));
            server.kubeconfig = Some(kubeconfig);
            return vec![Effect::Copy { text, remark: String::new() }];
        }
        ServerNews::Clients(clients) => server.clients = clients,
        ServerNews::Failed(error) => {
            state.server = None;
            let words = state.hinted(&format!("the server has ended: {error}"), &[(Action::Serve, "starts another")]);
            state.say(Tone::Bad, words);
        }
    }
    Vec::new()
}

/// Sends the server to the cursor. It serves one session: another one ends it.
pub(super) fn follow(state: &mut State) -> Option<Effect> {
    let (cursor, session) = (state.cursor, &state.snapshot.session.session_id);
    let server = state.server.as_mut()?;
    if server.session != *session {
        let words = format!("the server of session {} has ended", server.session);
        state.server = None;
        state.say(Tone::Notice, state.hinted(&words, &[(Action::Serve, "starts one for this session")]));
        return Some(Effect::Serve(ServerRequest::Stop));
    }
    (std::mem::replace(&mut server.at, cursor) != cursor).then_some(Effect::Serve(ServerRequest::Move(cursor)))
}
