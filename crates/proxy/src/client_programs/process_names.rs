//! Gives each process a name of its own: `manager`, and `manager@2` for another process while the first one runs. A process that starts
//! after the end of the first one is its restart, with the same name.

use std::collections::HashMap;
use std::sync::Arc;

use super::client_process::{ClientProcess, ProcessKey};

/// Remembered processes. Beyond this, those that have ended are forgotten.
const MAX_PROCESSES: usize = 1_024;

#[derive(Debug, Default)]
pub struct ProcessNames(HashMap<ProcessKey, Arc<str>>);

impl ProcessNames {
    /// The name of a process: the program that its first call names, else its own.
    pub fn name(
        &mut self,
        process: ClientProcess,
        named: Option<Arc<str>>,
        is_running: impl Fn(&ProcessKey) -> bool,
    ) -> Arc<str> {
        if let Some(known) = self.0.get(&process.key) {
            return known.clone();
        }
        if self.0.len() >= MAX_PROCESSES {
            self.0.retain(|other, _| is_running(other));
        }
        let program = named.unwrap_or(process.program);
        let is_taken = |name: &str| self.0.iter().any(|(other, known)| **known == *name && is_running(other));
        let mut name = program.clone();
        for number in 2..=MAX_PROCESSES {
            if !is_taken(&name) {
                break;
            }
            name = format!("{program}@{number}").into();
        }
        self.0.insert(process.key, name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::client_process::{ClientProcess, ProcessKey};
    use super::ProcessNames;

    fn process(id: u32) -> ClientProcess {
        ClientProcess { key: ProcessKey { id, start: u64::from(id) }, program: "go".into() }
    }

    #[test]
    fn two_running_programs_with_one_name_are_two_actors() {
        let mut names = ProcessNames::default();
        let manager = || Some(Arc::from("manager"));
        assert_eq!(&*names.name(process(1), manager(), |_| true), "manager");
        assert_eq!(&*names.name(process(2), manager(), |_| true), "manager@2");
        assert_eq!(&*names.name(process(3), None, |_| true), "go", "the first call names no program");
        assert_eq!(&*names.name(process(2), None, |_| true), "manager@2", "a process keeps its name");
        assert_eq!(&*names.name(process(4), manager(), |other| other.id != 1), "manager", "a restart");
        assert_eq!(&*names.name(process(5), manager(), |other| other.id != 1), "manager@3");
    }
}
