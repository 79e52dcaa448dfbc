//! `:set OPTION VALUE`.

use crate::effect::Effect;
use crate::state::{State, TimeStyle};
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_render::diff::Noise;
use kuberewind_text::nearest;

/// The options with their values and descriptions.
pub const OPTIONS: &[(&str, &[&str], &str)] = &[
    ("times", &["relative", "clock", "step", "mark"], "how times are written"),
    ("logs", &["on", "off"], "log lines between operations"),
    ("noise", &["shown", "hidden"], "fields that change with every write"),
    ("follow", &["on", "off"], "whether the cursor stays at the end"),
    ("theme", &[], "the colours: dark, light, sixteen, mono, one of your own"),
    ("ascii", &["on", "off"], "frames and bars of plain characters"),
];

/// Sets an option. Without a value, toggles it or sets its first value.
///
/// # Errors
/// [`ErrorKind::Invalid`] for an unknown option or value.
pub(super) fn set(state: &mut State, name: &str, value: &str) -> Result<Vec<Effect>> {
    let Some((_, values, _)) = OPTIONS.iter().find(|(option, ..)| *option == name) else {
        let error = Error::new(ErrorKind::Invalid, format!("there is no option {name:?}"));
        return Err(match nearest(name, OPTIONS.iter().map(|(option, ..)| *option)) {
            Some(meant) => error.hint(format!("did you mean {meant}?")),
            None => {
                error.hint(format!("there are {}", OPTIONS.iter().map(|(option, ..)| *option).collect::<Vec<_>>().join(", ")))
            }
        });
    };
    if name == "theme" {
        let missing = || Error::new(ErrorKind::Invalid, "which theme is missing").hint("write `set theme light`");
        return if value.is_empty() { Err(missing()) } else { Ok(vec![Effect::Theme(value.to_owned())]) };
    }
    if !value.is_empty() && !values.contains(&value) {
        return Err(
            Error::new(ErrorKind::Invalid, format!("{name} is not {value:?}")).hint(format!("it is {}", values.join(", ")))
        );
    }
    let on = |now: bool| if value.is_empty() { !now } else { value == "on" };
    match name {
        "times" => {
            state.timeline.times = match value {
                "clock" => TimeStyle::Clock,
                "step" => TimeStyle::Step,
                "mark" => TimeStyle::Mark,
                _ => TimeStyle::Relative,
            };
        }
        "logs" => {
            state.timeline.logs = on(state.timeline.logs);
            state.timeline.forget();
        }
        "noise" => state.details.options.noise = if value == "shown" { Noise::Shown } else { Noise::Hidden },
        "follow" => state.playback.follow = on(state.playback.follow),
        _ => state.screen.ascii = on(state.screen.ascii),
    }
    Ok(Vec::new())
}
