//! The server: requests for the API, and those for the cursor.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::Body;
use kuberewind_cluster::http::{HttpOptions, serve_with};
use kuberewind_cluster::{ClusterBody, source_api};
use kuberewind_model::Result;
use tokio::net::TcpListener;
use tower::{BoxError, Service};

use super::served::Served;
use super::{caller, cursor};

/// Serves a recording until `shutdown` completes, then cuts open watches.
///
/// # Errors
/// If the listener is not on loopback and the options do not allow that.
pub async fn serve(
    listener: TcpListener,
    served: Arc<Served>,
    options: HttpOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    serve_with(listener, ServedService::new(served), options, shutdown).await
}

/// The recording as a tower service, for `kube::Client::new`.
#[derive(Clone)]
pub struct ServedService {
    served: Arc<Served>,
}

impl ServedService {
    #[must_use]
    pub fn new(served: Arc<Served>) -> ServedService {
        ServedService { served }
    }
}

impl<B> Service<Request<B>> for ServedService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ClusterBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, std::result::Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let served = self.served.clone();
        async move {
            if cursor::is_ours(request.uri().path()) {
                return Ok(cursor::answer(&served, request).await);
            }
            let client = served.clients.call(caller::name(&request), caller::words(&request));
            let answer = source_api::answer(&served, request).await;
            if !answer.body().is_stream() {
                return Ok(answer);
            }
            let guard = served.clients.watch(client);
            Ok(answer.map(|body| body.with_guard(guard)))
        }
        .boxed()
    }
}
