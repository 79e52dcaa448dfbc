//! Encoding of runs.

use kuberewind_model::Result;

use super::entry::ObservationRef;
use crate::error::damaged;
use crate::varint::{pull, push};

/// The most observations that a run of a file may contain.
const MAX_RUN: usize = 1 << 16;

/// Encodes a run: for each observation, the distances of its operation and version from the previous ones.
pub(crate) fn encode(run: &[ObservationRef]) -> Vec<u8> {
    let mut out = Vec::with_capacity(run.len() * 3 + 8);
    let mut before = (run.first().map_or(0, |observation| observation.op), 0i64);
    for observation in run {
        push(&mut out, u64::try_from(observation.op.saturating_sub(before.0)).unwrap_or(0));
        let version = match observation.version {
            None => 0,
            Some(version) => zigzag(version.wrapping_sub(before.1)).saturating_add(1),
        };
        push(&mut out, version << 1 | u64::from(observation.inferred));
        before = (observation.op, observation.version.unwrap_or(before.1));
    }
    out
}

/// Decodes a run into `out`, which is cleared first.
pub(crate) fn decode(first: i64, mut bytes: &[u8], out: &mut Vec<ObservationRef>) -> Result<()> {
    let broken = || damaged("a run of observations cannot be read");
    out.clear();
    let mut before = (first, 0i64);
    while !bytes.is_empty() {
        let (step, code) = pull(&mut bytes).zip(pull(&mut bytes)).ok_or_else(broken)?;
        let op = i64::try_from(step).ok().and_then(|step| before.0.checked_add(step)).ok_or_else(broken)?;
        let version = (code >> 1).checked_sub(1).map(|distance| before.1.wrapping_add(unzigzag(distance)));
        out.push(ObservationRef { op, version, inferred: code & 1 == 1 });
        before = (op, version.unwrap_or(before.1));
        if out.len() > MAX_RUN {
            return Err(broken());
        }
    }
    Ok(())
}

/// Maps small numbers of either sign to small numbers. The upper bits, which the flag of an entry needs, do not occur.
fn zigzag(number: i64) -> u64 {
    u64::from_ne_bytes(((number << 1) ^ (number >> 63)).to_ne_bytes()) & (u64::MAX >> 2)
}

fn unzigzag(code: u64) -> i64 {
    let half = i64::try_from(code >> 1).unwrap_or(i64::MAX);
    if code & 1 == 0 { half } else { !half }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ObservationRef, decode, encode};

    proptest! {
        #[test]
        fn runs_come_back(
            first in 0..i64::MAX / 4,
            steps in proptest::collection::vec((1..1i64 << 40, proptest::option::of(0..1i64 << 60), any::<bool>()), 0..60),
        ) {
            let mut op = first;
            let mut run = Vec::new();
            for (step, version, inferred) in steps {
                run.push(ObservationRef { op, version, inferred });
                op += step;
            }
            let mut back = Vec::new();
            decode(first, &encode(&run), &mut back).unwrap();
            prop_assert_eq!(back, run);
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200), first in any::<i64>()) {
            let _maybe = decode(first, &bytes, &mut Vec::new());
        }
    }
}
