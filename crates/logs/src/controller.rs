//! The lines in which controller-runtime names a controller and its kind when it starts. They are printed at the default log level.

use super::{klog, zap};
use kuberewind_text::strip_escapes;

/// A controller that starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartingController {
    pub name: String,
    /// The group of the kind that it reconciles.
    pub group: String,
    pub kind: String,
}

const MESSAGES: [&str; 3] = ["Starting EventSource", "Starting Controller", "Starting workers"];

/// Reads the controller that a line names; `None` for other lines.
#[must_use]
pub fn controller_of(line: &str) -> Option<StartingController> {
    if !MESSAGES.iter().any(|message| line.contains(message)) {
        return None;
    }
    let plain = strip_escapes(line);
    let plain = plain.trim();
    let (message, fields) = zap::json_parts(plain).or_else(|| zap::console_parts(plain)).or_else(|| klog::parts(plain))?;
    let text = |name: &str| fields.text(name).to_owned();
    let starting = StartingController { name: text("controller"), group: text("controllerGroup"), kind: text("controllerKind") };
    (MESSAGES.contains(&message.as_str()) && !starting.name.is_empty() && !starting.kind.is_empty()).then_some(starting)
}

#[cfg(test)]
mod tests {
    use super::controller_of;

    #[test]
    fn every_logger_names_the_controllers() {
        for line in [
            r#"{"level":"info","ts":"2026-11-30T12:40:12Z","msg":"Starting EventSource","controller":"web","controllerGroup":"shop.example.com","controllerKind":"Shop","source":"kind source: *v1.ConfigMap"}"#,
            "2026-11-30T12:40:12Z\tINFO\tStarting Controller\t{\"controller\": \"web\", \"controllerGroup\": \"shop.example.com\", \"controllerKind\": \"Shop\"}",
            r#"I1130 12:40:12.262137   24072 controller.go:221] "Starting workers" controller="web" controllerGroup="shop.example.com" controllerKind="Shop" worker count=1"#,
        ] {
            let starting = controller_of(line).expect(line);
            assert_eq!((&*starting.name, &*starting.group, &*starting.kind), ("web", "shop.example.com", "Shop"));
        }
        assert_eq!(controller_of(r#"{"msg":"Starting EventSource of mine","controller":"x","controllerKind":"Y"}"#), None);
        assert_eq!(controller_of("Starting workers"), None);
    }
}
