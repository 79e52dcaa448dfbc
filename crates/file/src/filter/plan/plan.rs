//! A filter, prepared to run over a whole recording.
//!
//! Each test of the filter is a bit. The results of the tests are cached for every actor, object, text and reconcile. For one
//! operation, the cached bits are combined, and the filter's postfix order is evaluated over them. A block of operations is
//! matched by its summary first ([`Plan::match_block`]). Tests that have to read a version run only if the other tests leave
//! the result open.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use kuberewind_model::{Result, Seq, Verb};
use kuberewind_query::SyntaxError;
use kuberewind_query::filter::reasons::reason_of;
use kuberewind_query::filter::{Field, Filter, Node, Property, Value, row};

use super::cells::{Cells, Column, Columns};
use super::dictionary::Dictionary;
use super::evaluate::{self, Step};
use super::leaf;
use super::memo::Memo;

/// The most tests of a filter: each has one bit.
const MAX_TESTS: usize = 62;
/// The most cached targets without an object, and reasons without a name.
const MAX_TARGETS: usize = 1 << 16;

/// The kind, namespace and name of a target that is not a known object.
type Unnamed = (Option<i64>, Option<i64>, Option<i64>);

/// The status and the error of a failure without a recorded reason. The error counts for a 409 only.
type UnnamedReason = (u16, Option<i64>);

/// A prepared filter.
#[derive(Debug)]
pub struct Plan {
    pub(super) leaves: Vec<Node>,
    pub(super) program: Vec<Step>,
    columns: Columns,
    /// The bits of the tests that have to read a version.
    heavy: u64,
    pub(super) by_verb: [u64; 16],
    actors: Memo,
    viewers: Memo,
    objects: Memo,
    texts: Memo,
    reasons: Memo,
    implied_reasons: HashMap<UnnamedReason, u64>,
    subresources: Memo,
    spans: Memo,
    targets: HashMap<Unnamed, u64>,
    /// Numbers of operations that findings refer to, ascending.
    properties: BTreeMap<&'static str, Vec<u64>>,
    /// For each test of bodies, the bodies that satisfy it.
    bodies: Vec<(usize, HashSet<i64>)>,
    /// For each test of log lines, the numbers of the operations before matching lines, ascending.
    logs: Vec<(usize, Vec<u64>)>,
}

impl Plan {
    /// Prepares a filter.
    ///
    /// # Errors
    /// When it has too many tests.
    pub fn new(filter: &Filter) -> std::result::Result<Plan, SyntaxError> {
        let mut leaves = Vec::new();
        let mut program = Vec::new();
        for node in filter.nodes() {
            program.push(match node {
                Node::Not => Step::Not,
                Node::And => Step::And,
                Node::Or => Step::Or,
                leaf => {
                    leaves.push(leaf.clone());
                    Step::Test(leaves.len() - 1)
                }
            });
        }
        if leaves.len() > MAX_TESTS {
            return Err(SyntaxError::new(format!("a filter has at most {MAX_TESTS} tests"), filter.source(), 0));
        }
        let mut plan = Plan {
            program,
            columns: Columns::default(),
            heavy: 0,
            by_verb: [0; 16],
            actors: Memo::default(),
            viewers: Memo::default(),
            objects: Memo::default(),
            texts: Memo::default(),
            reasons: Memo::default(),
            implied_reasons: HashMap::new(),
            subresources: Memo::default(),
            spans: Memo::default(),
            targets: HashMap::new(),
            properties: BTreeMap::new(),
            bodies: Vec::new(),
            logs: Vec::new(),
            leaves,
        };
        plan.prepare();
        Ok(plan)
    }

    /// Returns the columns that the filter reads.
    pub(crate) fn columns(&self) -> Columns {
        self.columns
    }

    fn prepare(&mut self) {
        for (bit, leaf) in self.leaves.iter().enumerate() {
            self.columns.add(leaf::columns(leaf));
            if leaf::is_heavy(leaf) {
                self.heavy |= 1 << bit;
            }
            for verb in Verb::ALL {
                let place = usize::try_from(verb.code()).unwrap_or(0);
                self.by_verb[place] |= u64::from(leaf::verb(leaf, *verb)) << bit;
            }
            match leaf {
                Node::Test { field: Field::Body, .. } => self.bodies.push((bit, HashSet::new())),
                Node::Test { field: Field::Log, .. } => self.logs.push((bit, Vec::new())),
                _ => {}
            }
        }
    }

    /// Returns the kinds of findings that the filter asks for.
    pub fn findings(&self) -> impl Iterator<Item = Property> + '_ {
        let sorts = [Property::Finding, Property::Loop, Property::Race];
        self.leaves.iter().filter_map(move |leaf| match leaf {
            Node::Has(property) if sorts.contains(property) => Some(*property),
            _ => None,
        })
    }

    /// Sets the numbers of the operations that findings of one kind refer to, in any order.
    pub fn set_findings(&mut self, property: Property, mut operations: Vec<u64>) {
        operations.sort_unstable();
        self.properties.insert(property.words()[0], operations);
    }

    /// Returns true for bodies, and for log lines, if they have to be searched before operations can be matched.
    #[must_use]
    pub fn searches(&self) -> (bool, bool) {
        (!self.bodies.is_empty(), !self.logs.is_empty())
    }

    /// Searches the text of a body.
    pub(crate) fn search_body(&mut self, body: i64, text: &[u8]) {
        let lower = text.to_ascii_lowercase();
        for (bit, found) in &mut self.bodies {
            if self.leaves.get(*bit).is_some_and(|leaf| sought(leaf).any(|text| holds(&lower, text))) {
                found.insert(body);
            }
        }
    }

    /// Searches a log line. `after` is the number of the operation before it.
    pub(crate) fn search_line(&mut self, after: Seq, text: &str) {
        let lower = text.to_lowercase();
        for (bit, found) in &mut self.logs {
            if self.leaves.get(*bit).is_some_and(|leaf| sought(leaf).any(|text| lower.contains(text))) {
                let at = found.partition_point(|before| *before < after.0);
                found.insert(at, after.0);
            }
        }
    }

    /// Returns true if an operation passes.
    ///
    /// # Errors
    /// When a name cannot be read.
    pub(crate) fn passes(&mut self, cells: &Cells, names: &dyn Dictionary) -> Result<bool> {
        let mut bits = self.bits(cells, names)?;
        if self.heavy != 0 {
            let open = evaluate::run(&self.program, bits | self.heavy, !bits | self.heavy);
            match open {
                (true, true) => bits |= self.heavy_bits(cells, names)?,
                (holds, _) => return Ok(holds),
            }
        }
        Ok(evaluate::run(&self.program, bits, !bits).0)
    }

    /// Returns the bits of the tests that hold, except for those that have to read a version.
    fn bits(&mut self, cells: &Cells, names: &dyn Dictionary) -> Result<u64> {
        let verb = cells.verb.map_or(15, |verb| usize::try_from(verb.code()).unwrap_or(15)).min(15);
        let mut bits = self.by_verb[verb];
        let columns = self.columns;
        if columns.has(Column::Viewer) {
            bits |= self.viewer(cells.viewer, names)?;
        }
        if columns.has(Column::Target) {
            bits |= self.target(cells, names)?;
        }
        if columns.has(Column::Subresource) {
            let leaves = &self.leaves;
            bits |= self.subresources.get(cells.subresource, |id| text(leaves, Field::Subresource, id, names))?;
        }
        if columns.has(Column::Error) {
            let leaves = &self.leaves;
            bits |= self.texts.get(cells.error, |id| text(leaves, Field::Error, id, names))?;
        }
        if columns.has(Column::Reason) {
            bits |= self.reason(cells, names)?;
        }
        if columns.has(Column::Span) {
            let leaves = &self.leaves;
            bits |= self.spans.get(cells.span, |span| {
                let label = span.map_or(Ok(Arc::from("")), |span| names.reconcile(span))?;
                Ok(leaf::texts(leaves, Field::Reconcile, &row::reconcile_names(&label)))
            })?;
        }
        for (bit, leaf) in self.leaves.iter().enumerate() {
            if leaf::own(leaf, cells, &self.properties) {
                bits |= 1 << bit;
            }
        }
        for (bit, found) in &self.bodies {
            let held = [cells.request, cells.response].into_iter().flatten().any(|body| found.contains(&body));
            bits |= u64::from(held != leaf::is_negative(&self.leaves[*bit])) << bit;
        }
        for (bit, found) in &self.logs {
            let held = found.binary_search(&cells.seq.0).is_ok();
            bits |= u64::from(held != leaf::is_negative(&self.leaves[*bit])) << bit;
        }
        Ok(bits)
    }

    fn viewer(&mut self, viewer: i64, names: &dyn Dictionary) -> Result<u64> {
        if let Some(bits) = self.viewers.known(Some(viewer)) {
            return Ok(bits);
        }
        let bits = self.actor(names.actor_of(viewer)?, names)?;
        self.viewers.put(Some(viewer), bits);
        Ok(bits)
    }

    pub(super) fn actor(&mut self, actor: i64, names: &dyn Dictionary) -> Result<u64> {
        let leaves = &self.leaves;
        self.actors.get(Some(actor), |_| Ok(leaf::texts(leaves, Field::Actor, &[names.actor(actor)?.to_string()])))
    }

    /// Returns the bits of the tests that the reason of a failure satisfies. Other operations have an empty reason.
    fn reason(&mut self, cells: &Cells, names: &dyn Dictionary) -> Result<u64> {
        let leaves = &self.leaves;
        if !cells.failed || cells.reason.is_some() {
            let id = cells.reason.filter(|_| cells.failed);
            return self.reasons.get(id, |id| text(leaves, Field::Reason, id, names));
        }
        let key = (cells.status, cells.error.filter(|_| cells.status == 409));
        if let Some(bits) = self.implied_reasons.get(&key) {
            return Ok(*bits);
        }
        let error = key.1.map_or(Ok(Arc::from("")), |error| names.text(error))?;
        let bits = leaf::texts(leaves, Field::Reason, &[reason_of("", cells.status, &error).to_owned()]);
        if self.implied_reasons.len() >= MAX_TARGETS {
            self.implied_reasons.clear();
        }
        self.implied_reasons.insert(key, bits);
        Ok(bits)
    }

    fn target(&mut self, cells: &Cells, names: &dyn Dictionary) -> Result<u64> {
        let leaves = &self.leaves;
        if let Some(object) = cells.object {
            return self.objects.get(Some(object), |_| {
                let (kind, namespace, name) = names.object(object)?;
                target(leaves, Some(kind), Some(namespace), Some(name), names)
            });
        }
        let key = (cells.kind, cells.namespace, cells.name);
        if let Some(bits) = self.targets.get(&key) {
            return Ok(*bits);
        }
        let bits = target(leaves, cells.kind, cells.namespace, cells.name, names)?;
        if self.targets.len() >= MAX_TARGETS {
            self.targets.clear();
        }
        self.targets.insert(key, bits);
        Ok(bits)
    }

    fn heavy_bits(&self, cells: &Cells, names: &dyn Dictionary) -> Result<u64> {
        let mut bits = 0;
        for (bit, leaf) in self.leaves.iter().enumerate() {
            let Node::Test { field, operator, values } = leaf else { continue };
            let holds = match field {
                Field::ResourceVersion => {
                    let actual = cells.version.map_or(Ok(Arc::from("")), |version| names.resource_version(version))?;
                    row::texts_hold(&[actual.to_string()], *operator, values)
                }
                Field::Path => {
                    let changed = cells.version.filter(|_| cells.changed_world);
                    row::path(&changed.map_or(Ok(Vec::new()), |version| names.changed_paths(version))?, *operator, values)
                }
                _ => continue,
            };
            bits |= u64::from(holds) << bit;
        }
        Ok(bits)
    }
}

/// Returns the texts that a test looks for.
fn sought(leaf: &Node) -> impl Iterator<Item = &str> {
    let values = if let Node::Test { values, .. } = leaf { values.as_slice() } else { &[] };
    values.iter().filter_map(|value| match value {
        Value::Text(text) => Some(text.as_str()),
        Value::Number(_) => None,
    })
}

fn holds(text: &[u8], sought: &str) -> bool {
    memchr::memmem::find(text, sought.as_bytes()).is_some()
}

fn text(leaves: &[Node], field: Field, id: Option<i64>, names: &dyn Dictionary) -> Result<u64> {
    let text = id.map_or(Ok(Arc::from("")), |id| names.text(id))?;
    Ok(leaf::texts(leaves, field, &[text.to_string()]))
}

fn target(leaves: &[Node], kind: Option<i64>, namespace: Option<i64>, name: Option<i64>, names: &dyn Dictionary) -> Result<u64> {
    let kind = kind.map_or(Ok(None), |kind| names.kind(kind))?;
    let text = |id: Option<i64>| id.map_or(Ok(Arc::from("")), |id| names.text(id));
    Ok(leaf::target(leaves, kind.as_deref(), &text(namespace)?, &text(name)?))
}
