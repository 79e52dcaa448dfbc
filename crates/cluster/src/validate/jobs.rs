//! Jobs and cron jobs.

use std::fmt::Display;

use serde_json::{Value, json};

use super::causes::Causes;

/// The longest name of a cron job: its jobs get 11 more letters.
const NAME: usize = 52;

pub(super) fn job(job: &Value, causes: &mut Causes) {
    restart_policy(&job["spec"]["template"]["spec"], &"spec.template.spec", causes);
}

pub(super) fn cron_job(object: &Value, causes: &mut Causes) {
    let (spec, name) = (&object["spec"], crate::meta::text(object, "name"));
    if name.len() > NAME {
        causes.invalid("metadata.name", &json!(name), &format!("must be no more than {NAME} characters"));
    }
    match spec["schedule"].as_str().filter(|schedule| !schedule.is_empty()) {
        None => causes.required("spec.schedule"),
        Some(schedule) => {
            if let Err(why) = check_schedule(schedule) {
                causes.invalid("spec.schedule", &json!(schedule), &why);
            }
        }
    }
    if let Some(zone) = spec["timeZone"].as_str()
        && jiff::tz::TimeZone::get(zone).is_err()
    {
        causes.invalid("spec.timeZone", &json!(zone), &format!("unknown time zone {zone}"));
    }
    restart_policy(&spec["jobTemplate"]["spec"]["template"]["spec"], &"spec.jobTemplate.spec.template.spec", causes);
}

fn restart_policy(pod: &Value, path: &dyn Display, causes: &mut Causes) {
    let policy = pod["restartPolicy"].as_str().unwrap_or_default();
    if matches!(policy, "" | "Always") {
        causes.required_for(format_args!("{path}.restartPolicy"), "valid values: \"OnFailure\", \"Never\"");
    } else if !matches!(policy, "OnFailure" | "Never") {
        causes.unsupported(format_args!("{path}.restartPolicy"), &pod["restartPolicy"], &["OnFailure", "Never"]);
    }
}

/// The fields of a schedule: minute, hour, day of the month, month, day of the week.
const FIELDS: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Checks a schedule in the format of cron, with the words of a real server.
fn check_schedule(schedule: &str) -> Result<(), String> {
    if let Some(name) = schedule.strip_prefix('@') {
        let known = matches!(name, "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly");
        return if known || name.starts_with("every ") { Ok(()) } else { Err(format!("unrecognized descriptor: {schedule}")) };
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    for (at, (field, (least, most))) in fields.into_iter().zip(FIELDS).enumerate() {
        let names = if at == 3 {
            MONTHS
        } else if at == 4 {
            DAYS
        } else {
            &[]
        };
        let first = if at == 3 { 1 } else { 0 };
        let number = |text: &str| {
            let named = names.iter().position(|name| name.eq_ignore_ascii_case(text)).and_then(|at| u32::try_from(at).ok());
            named.map(|at| at + first).or_else(|| text.parse().ok())
        };
        for part in field.split(',') {
            check_range(part, least, most, &number)?;
        }
    }
    Ok(())
}

/// Checks `*`, `5`, `1-5`, each with an optional step.
fn check_range(part: &str, least: u32, most: u32, number: &dyn Fn(&str) -> Option<u32>) -> Result<(), String> {
    let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
    let parse = |text: &str| {
        number(text).ok_or_else(|| format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax"))
    };
    let (start, end) = match range {
        "*" | "?" => (least, most),
        _ => match range.split_once('-') {
            Some((start, end)) => (parse(start)?, parse(end)?),
            None => (parse(range)?, if step.is_some() { most.max(parse(range)?) } else { parse(range)? }),
        },
    };
    if step.map(parse).transpose()? == Some(0) {
        return Err(format!("step of range should be a positive number: {part}"));
    }
    if start < least {
        return Err(format!("beginning of range ({start}) below minimum ({least}): {part}"));
    }
    if end > most {
        return Err(format!("end of range ({end}) above maximum ({most}): {part}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {part}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_recognised() {
        for good in ["* * * * *", "*/5 0-6,12 1 jan-DEC sun", "@daily", "@every 5m", "5/10 * ? * 6"] {
            assert_eq!(check_schedule(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "a * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "@often",
        ] {
            assert!(check_schedule(bad).is_err(), "{bad}");
        }
    }
}
