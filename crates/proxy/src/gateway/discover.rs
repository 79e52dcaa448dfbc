//! Asks the API server once for its version and its kinds.
//!
//! Clients keep discovery in a cache on disk or ask for single groups, so their traffic may not tell the short names and subresources of
//! the kinds that they use.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::ACCEPT;
use http_body_util::BodyExt;
use tower::BoxError;

use super::identity::Identity;
use super::observed_body::ObservedBody;
use super::response::whole;
use super::shared::Shared;

/// The aggregated form, which has all kinds in two responses. Older servers send lists of groups, which are of no use.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Requests the version and the kinds as the recording user, and records the responses as those of a client's discovery.
pub async fn discover(shared: Arc<Shared>, actor: Arc<str>) {
    for path in ["/version", "/api", "/apis"] {
        // A server without discovery is recorded without short names.
        if ask(&shared, &actor, path).await.is_err() {
            return;
        }
    }
}

async fn ask(shared: &Shared, actor: &Arc<str>, path: &str) -> Result<(), BoxError> {
    let request = Request::get(path).header(ACCEPT, AGGREGATED).body(whole(Bytes::new()))?;
    let recorded = shared.recorder.start(&request, actor.clone().into(), None);
    let response = shared.upstream.send(&Identity::Recorder, request).await?;
    let (parts, body) = response.into_parts();
    let mut body = ObservedBody::new(body, recorded.response(&parts));
    while let Some(frame) = body.frame().await {
        frame?;
    }
    Ok(())
}
