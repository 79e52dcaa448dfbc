//! The API server of the cursor's moment, without the server.

use kuberewind_model::Seq;
use kuberewind_tui::headless::Headless;
use kuberewind_tui::moment_server::{ServerClients, ServerNews, ServerRequest};
use kuberewind_tui::theme::{Depth, Theme};
use kuberewind_tui::update::Msg;

use crate::recording::{fight, shop, stage};
use crate::serializer::compare;

const KUBECONFIG: &str = "/run/user/1000/kuberewind-a1b2c3/config";

/// The number of the server that was started last.
fn number(stage: &Headless) -> u64 {
    let last = stage.served.iter().rev().find_map(|request| match request {
        ServerRequest::Start { no, .. } => Some(*no),
        _ => None,
    });
    last.unwrap()
}

fn hear(stage: &mut Headless, news: ServerNews) {
    stage.send(Msg::Server(number(stage), news));
}

fn started() -> ServerNews {
    ServerNews::Started { kubeconfig: KUBECONFIG.to_owned() }
}

fn clients(count: usize) -> ServerNews {
    ServerNews::Clients(ServerClients { count, last: "kubectl GET /apis/apps/v1/namespaces/shop/deployments".to_owned() })
}

#[test]
fn the_screens_of_a_server_match_their_snapshots() {
    let themes = [("dark", Depth::True), ("mono", Depth::None)];
    let themes = themes.map(|(name, depth)| (name, Theme::load(name, depth).unwrap()));
    let (_folder, file) = shop();
    for (size, size_name) in [((80, 24), "80x24"), ((120, 40), "120x40"), ((200, 60), "200x60")] {
        let mut stage = stage(&file, size, "dark");
        let shot = |stage: &Headless, name: &str| {
            let screens: Vec<_> = themes.iter().map(|(theme, look)| (*theme, stage.screen_in(look).unwrap())).collect();
            compare(&format!("{name}-{size_name}"), &screens);
        };
        stage.keys("2 6 G E").unwrap();
        hear(&mut stage, started());
        shot(&stage, "server-started");
        hear(&mut stage, clients(2));
        stage.keys("Esc").unwrap();
        shot(&stage, "server-clients");
    }
}

#[test]
fn one_key_starts_the_server_at_the_cursor_and_ends_it() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 0 G E").unwrap();
    let start =
        ServerRequest::Start { no: number(&stage), session: stage.state.snapshot.session.session_id.clone(), at: Seq(10) };
    assert_eq!(stage.served, std::slice::from_ref(&start));
    assert!(stage.glyphs().unwrap().contains("starting a server"));
    hear(&mut stage, started());
    assert_eq!(stage.copied, [format!("export KUBECONFIG={KUBECONFIG}")]);
    hear(&mut stage, clients(1));
    assert!(stage.glyphs().unwrap().contains("1 client: kubectl GET /apis/apps"));
    let old = number(&stage);
    stage.served.clear();
    stage.keys(". . ,").unwrap();
    assert_eq!(stage.served, [11, 12, 11].map(|at| ServerRequest::Move(Seq(at))));
    stage.served.clear();
    stage.keys("E").unwrap();
    assert_eq!(stage.served, [ServerRequest::Stop]);
    assert!(stage.state.server.is_none());
    stage.send(Msg::Server(old, clients(5)));
    assert!(!stage.glyphs().unwrap().contains("client"), "an ended server has no news");
    stage.keys(".").unwrap();
    assert_eq!(stage.served, [ServerRequest::Stop], "nothing follows the cursor");
}

#[test]
fn a_server_that_fails_says_why() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("E").unwrap();
    hear(&mut stage, ServerNews::Failed("cannot listen on 127.0.0.1:0".to_owned()));
    assert!(stage.state.server.is_none());
    assert!(stage.glyphs().unwrap().contains("the server has ended: cannot listen on 127.0.0.1:0; E starts another"));
}

#[test]
fn another_session_ends_the_server() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("E").unwrap();
    stage.served.clear();
    stage.state.snapshot.session.session_id = "another".to_owned();
    stage.keys(",").unwrap();
    assert_eq!(stage.served, [ServerRequest::Stop]);
    assert!(stage.glyphs().unwrap().contains("E starts one for this session"));
}
