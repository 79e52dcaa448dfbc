//! `/kuberewind/cursor`: where the cursor is, and moving it.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Limited};
use kuberewind_cluster::ClusterBody;
use kuberewind_cluster::source_api::refused;
use kuberewind_model::k8s::status::Status;
use kuberewind_model::{Error, ErrorKind, Result};
use serde_json::{Value, json};
use tower::BoxError;

use super::served::Served;

/// The path of the cursor.
const PATH: &str = "/kuberewind/cursor";
/// The most bytes of a request.
const MAX_BODY: usize = 4096;

/// True for the paths that are not Kubernetes' own.
pub(crate) fn is_ours(path: &str) -> bool {
    path.starts_with("/kuberewind/")
}

pub(crate) async fn answer<B>(served: &Served, request: Request<B>) -> Response<ClusterBody>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if request.uri().path() != PATH {
        return refused(&Status::no_such_resource());
    }
    if request.method() == Method::GET {
        let (at, time) = served.cursor();
        return document(&json!({"at": at.0, "time": time.rfc3339(9), "clients": served.clients.to_json()}));
    }
    if request.method() != Method::POST {
        return refused(&Status::method_not_served());
    }
    let moved = match moment(request.into_body()).await {
        Ok(moment) => served.move_to_text(&moment),
        Err(error) => Err(error),
    };
    match moved {
        Ok(moved) => document(&moved.to_json()),
        Err(error) => refused(&status(&error)),
    }
}

/// The moment that a request names.
async fn moment<B>(body: B) -> Result<String>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let invalid =
        |why: &str| Error::new(ErrorKind::Invalid, format!("cannot move the cursor: {why}")).hint("send {\"at\":\"412\"}");
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|_| invalid("the request is too long or was cut"))?;
    let asked: Value = serde_json::from_slice(&body.to_bytes()).map_err(|_| invalid("the request is not JSON"))?;
    match &asked["at"] {
        Value::String(moment) => Ok(moment.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(invalid("the request names no moment")),
    }
}

fn status(error: &Error) -> Status {
    match error.kind() {
        ErrorKind::Invalid => Status::bad_request(error.to_string()),
        ErrorKind::NotFound => Status::new(404, "NotFound", error.to_string()),
        _ => Status::new(500, "InternalError", error.to_string()),
    }
}

fn document(value: &Value) -> Response<ClusterBody> {
    let mut answer = Response::new(ClusterBody::whole(format!("{value}\n")));
    *answer.status_mut() = StatusCode::OK;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
