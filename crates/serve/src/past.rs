//! The world at the cursor: tables of names, each loaded when it is first needed, and a log of how moves and writes changed them.

use std::collections::HashMap;
use std::sync::Arc;

use kuberewind_cluster::{Name, Registry, TableKey, Text, Version};
use kuberewind_model::{
    BodyId, Kind, Moment, Object, ObjectKey, Perspective, Presence, Result, Shape, Timestamp, Version as RecordedVersion,
    VersionId,
};
use kuberewind_session::OpenRecording;
use serde_json::Value;

use super::change_log::ChangeLog;
use super::kinds::{self, key_of};
use super::object_text;
use super::options::ServeOptions;
use super::state::{Recorded, RecordedTable, State, Table};
use super::text_cache::TextCache;
use super::unknown;
use super::written::Writes;

pub(crate) struct Past {
    pub(crate) recording: OpenRecording,
    pub(crate) options: ServeOptions,
    pub(crate) at: Moment,
    /// The time of the operation at the cursor.
    pub(crate) time: Timestamp,
    pub(crate) from: Perspective,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) tables: HashMap<TableKey, Table>,
    pub(crate) log: ChangeLog,
    pub(crate) writes: Writes,
    texts: TextCache,
}

impl Past {
    pub(crate) fn new(recording: OpenRecording, at: Moment, options: ServeOptions) -> Result<Past> {
        let from = (options.viewpoint)(&recording, at)?;
        let kinds = recording.source().kinds()?;
        let highest = recording.source().highest_resource_version()?;
        let mut past = Past {
            time: time_of(&recording, at)?,
            recording,
            options,
            at,
            from,
            kinds,
            registry: Arc::default(),
            tables: HashMap::new(),
            // 0 has a meaning of its own in requests.
            log: ChangeLog::starting_at(highest.max(1)),
            writes: Writes::default(),
            texts: TextCache::default(),
        };
        past.read_registry()?;
        Ok(past)
    }

    /// Reads the kinds again, after the recording has grown or a definition has changed.
    pub(crate) fn read_registry(&mut self) -> Result<()> {
        self.kinds = self.recording.source().kinds()?;
        let key = TableKey::definitions();
        let definitions: Vec<(Name, State)> =
            self.table(&key)?.iter().map(|(name, state)| (name.clone(), state.clone())).collect();
        let definitions = self.versions(&key, &definitions)?;
        let with_namespaces = self.options.list_unknown;
        let access = self.options.writes.access();
        let registry = kinds::registry(self.recording.source(), &self.kinds, &definitions, with_namespaces, access)?;
        self.registry = Arc::new(registry);
        // The next write makes a cluster with these kinds.
        self.writes.overlay = None;
        Ok(())
    }

    /// The objects of a kind at the cursor.
    pub(crate) fn table(&mut self, key: &TableKey) -> Result<&Table> {
        if !self.tables.contains_key(key) {
            let table = self.table_at(key, self.at, self.from)?;
            let table = table.into_iter().map(|(name, recorded)| (name, State::Recorded(recorded))).collect();
            self.tables.insert(key.clone(), table);
        }
        Ok(self.tables.entry(key.clone()).or_default())
    }

    /// Reads the objects of a kind at a moment.
    pub(crate) fn table_at(&self, key: &TableKey, at: Moment, from: Perspective) -> Result<RecordedTable> {
        let (source, lineage) = (self.recording.source(), self.recording.lineage());
        let mut table = RecordedTable::new();
        let kind = self.kinds.iter().find(|kind| key_of(kind) == *key);
        if let Some(kind) = kind
            && let Some(id) = kind.id
        {
            for (object, version) in source.objects_of_kind_at(lineage, at, from, id, None, None, usize::MAX)? {
                let recorded = Recorded { object: object.id, version: Some(version), revision: None };
                table.insert(unknown::name_of(&object), recorded);
            }
            if self.options.list_unknown {
                unknown::add(source, lineage, at, from, kind, &mut table)?;
            }
        }
        if self.options.list_unknown && unknown::is_namespaces(key) {
            unknown::add_namespaces(source, lineage, at, from, &mut table)?;
        }
        Ok(table)
    }

    /// The recorded API server's response at `/version`. A session without it has that of its parent.
    pub(crate) fn version(&self) -> Option<Value> {
        let source = self.recording.source();
        let parents = self.recording.lineage().ranges().iter().rev().map(|range| range.session);
        let mut sessions = std::iter::once(self.recording.session().no).chain(parents);
        let version = sessions.find_map(|session| source.server_version(session).ok()?)?;
        serde_json::from_str(&version).ok()
    }

    /// True if the recording knows an object at the cursor.
    pub(crate) fn presence(&self, table: &TableKey, name: &Name) -> Result<Presence> {
        let key = ObjectKey {
            group: table.group.clone(),
            resource: table.plural.clone(),
            namespace: name.namespace.clone(),
            name: name.name.clone(),
        };
        Ok(self.recording.source().key_at(self.recording.lineage(), self.at, self.from, &key)?.presence)
    }

    /// The objects in these states, in the same order.
    pub(crate) fn versions(&mut self, key: &TableKey, states: &[(Name, State)]) -> Result<Vec<Arc<Version>>> {
        let recorded: Vec<(Name, Recorded)> =
            states.iter().filter_map(|(name, state)| Some((name.clone(), state.recorded()?))).collect();
        let mut texts = self.texts(key, &recorded)?.into_iter();
        let version = |(_, state): &(Name, State)| match state {
            State::Recorded(_) => texts.next().map(|text| Arc::new(Version::of_text(text))),
            State::Written(version) => Some(version.clone()),
        };
        Ok(states.iter().filter_map(version).collect())
    }

    /// The texts of objects in these states, in the same order.
    fn texts(&mut self, key: &TableKey, states: &[(Name, Recorded)]) -> Result<Vec<Text>> {
        let mut texts: Vec<Option<Text>> = states.iter().map(|(_, state)| self.texts.get(state)).collect();
        let missing: Vec<usize> = (0..states.len()).filter(|at| texts.get(*at).is_some_and(Option::is_none)).collect();
        let wanted: Vec<VersionId> = missing.iter().filter_map(|at| states.get(*at)?.1.version).collect();
        let mut versions: HashMap<VersionId, RecordedVersion> = HashMap::new();
        for version in self.recording.source().versions_of_ids(&wanted)? {
            versions.insert(version.id, self.fullest(version)?);
        }
        let mut wanted: Vec<BodyId> = versions.values().filter_map(|version| version.body).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let bodies: HashMap<BodyId, Arc<str>> = self.recording.source().bodies(&wanted)?.into_iter().collect();
        let of_kind = self.type_of(key);
        for at in missing {
            let (Some((name, state)), Some(place)) = (states.get(at), texts.get_mut(at)) else { continue };
            let version = state.version.and_then(|version| versions.get(&version));
            let body = version.and_then(|version| version.body).and_then(|body| bodies.get(&body).cloned());
            let text = match version.zip(body).and_then(|(version, body)| object_text::recorded(version, body, &of_kind)) {
                Some(text) => text,
                None => self.without_content(key, name, state, version)?,
            };
            let text = state.revision.map_or_else(|| text.clone(), |revision| text.at_revision(revision));
            self.texts.insert(*state, text.clone());
            *place = Some(text);
        }
        Ok(texts.into_iter().flatten().collect())
    }

    /// The text of an object whose content, or more, is not in the recording.
    fn without_content(&self, key: &TableKey, name: &Name, state: &Recorded, version: Option<&RecordedVersion>) -> Result<Text> {
        let object = self.object(key, name, state)?;
        let (api_version, _) = self.type_of(key);
        Ok(match (state.version, version) {
            (_, Some(version)) => object_text::without_content(&object, version, &api_version),
            (Some(_), None) => object_text::identity(&object, &api_version, "", "content unknown"),
            (None, None) => object_text::identity(&object, &api_version, "", &format!("not known at {}", self.at)),
        })
    }

    /// The version in its fullest shape that is known at the cursor.
    fn fullest(&self, version: RecordedVersion) -> Result<RecordedVersion> {
        if version.shape == Shape::Full {
            return Ok(version);
        }
        let known = self.recording.source().object_at(self.recording.lineage(), self.at, self.from, version.object)?;
        Ok(known.version.filter(|known| known.rank == version.rank && !known.gone).unwrap_or(version))
    }

    /// The object in a state. One that the recording does not have consists of its name.
    fn object(&self, key: &TableKey, name: &Name, state: &Recorded) -> Result<Object> {
        if let Some(object) = self.recording.source().object(state.object)? {
            return Ok(object);
        }
        let (group, resource) = (key.group.clone(), key.plural.clone());
        let (namespace, name) = (name.namespace.clone(), name.name.clone());
        Ok(Object {
            id: state.object,
            kind: kuberewind_model::KindId(0),
            key: ObjectKey { group, resource, namespace, name },
            kind_name: self.type_of(key).1.into(),
            incarnation: 1,
            uid: "".into(),
        })
    }

    /// The apiVersion and the kind of a table.
    fn type_of(&self, key: &TableKey) -> (String, String) {
        self.registry.preferred_type(key).unwrap_or_default()
    }
}

/// The time of the operation at a moment, or the start of the session.
pub(crate) fn time_of(recording: &OpenRecording, at: Moment) -> Result<Timestamp> {
    let operation = recording.source().operation(recording.lineage(), at)?;
    Ok(operation.map_or(recording.session().start, |operation| operation.at))
}
