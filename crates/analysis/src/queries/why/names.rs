//! Names of operations and reconciles in texts.

use super::super::context::QueryContext;
use kuberewind_model::{Error, ErrorKind, Operation, Result, Seq, Span};

/// The name of a reconcile.
pub(super) fn reconcile_name(span: &Span) -> String {
    let object = if span.object.namespace.is_empty() {
        format!("{}/{}", span.kind_name, span.object.name)
    } else {
        format!("{}/{}/{}", span.kind_name, span.object.namespace, span.object.name)
    };
    format!("{} of {object}", span.label)
}

/// The name of an operation's target.
pub(super) fn subject(context: &QueryContext<'_>, operation: &Operation) -> Result<String> {
    if let Some(object) = operation.object {
        return Ok(context.object(object)?.to_string());
    }
    let kind = operation.kind.map(|kind| context.kind_name(kind)).transpose()?.unwrap_or_default();
    let parts = [&*kind, &operation.namespace, &operation.name];
    Ok(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/"))
}

/// Reads an operation that must exist.
pub(super) fn require_operation(context: &QueryContext<'_>, seq: Seq) -> Result<Operation> {
    context.operation(seq)?.ok_or_else(|| {
        let (first, last) = (context.lineage.first(), context.lineage.last());
        Error::new(ErrorKind::NotFound, format!("the session has no operation {seq}"))
            .hint(format!("the session goes from {first} to {last}"))
    })
}
