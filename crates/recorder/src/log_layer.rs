//! Records the program's `tracing` events as log lines, each with its level, fields and reconcile.

use std::fmt::{self, Write};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::shared::Shared;
use super::{reconcile, span_layer};
use kuberewind_capture::{Message, PrintedLine};
use kuberewind_model::LogStream;

/// Longer lines are cut, in bytes.
const MAX_LINE: usize = 16 * 1024;

pub(super) struct LogLayer {
    pub(super) shared: Arc<Shared>,
}

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !self.shared.is_on() {
            return;
        }
        let mut text = EventText::default();
        event.record(&mut text);
        let at = self.shared.now();
        let span = reconcile::current(self.shared.id).or_else(|| span_layer::around(event, &context, self.shared.id));
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let text = text.line();
        self.shared.send(None, text.len(), || {
            Message::Log(Box::new(PrintedLine { at, stream: LogStream::Tracing, level: level.into(), span, text }))
        });
    }
}

/// The message and the fields of an event, in the format of `tracing-subscriber`.
#[derive(Default)]
struct EventText {
    message: Bounded,
    fields: Bounded,
}

impl EventText {
    fn line(self) -> String {
        let mut line = self.message.0;
        line.push_str(if line.is_empty() { self.fields.0.trim_start() } else { &self.fields.0 });
        line
    }
}

impl Visit for EventText {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // The only error is that the text is full; the rest is cut.
        let _full = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

/// A text of at most [`MAX_LINE`] bytes.
#[derive(Default)]
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut end = text.len().min(MAX_LINE.saturating_sub(self.0.len()));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.0.push_str(&text[..end]);
        if end < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_message_before_its_fields_and_a_limit() {
        let mut text = EventText::default();
        write!(text.fields, " found=3").unwrap();
        write!(text.message, "scaling").unwrap();
        assert_eq!(text.line(), "scaling found=3");
        let mut text = EventText::default();
        write!(text.fields, " found=3").unwrap();
        assert_eq!(text.line(), "found=3");
        let mut long = Bounded::default();
        assert!(long.write_str(&"é".repeat(MAX_LINE)).is_err() && long.write_str("more").is_err());
        assert_eq!(long.0.len(), MAX_LINE);
    }
}
