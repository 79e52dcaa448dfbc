//! Reads the text of the table. Its header describes the format.

use std::collections::HashMap;

use crate::kind::{Kind, Resource, Subresource};
use crate::message::{Field, ListType, MapType, Message, MessageId, NO_FIELD, Shape, Type};
use crate::table::Table;

/// Reads the table; `None` if a line is not as the header says.
pub(crate) fn parse(text: &'static str) -> Option<Table> {
    let mut table = Table::default();
    for line in lines(text) {
        if let Some(line) = line.strip_prefix("message ") {
            let name = cut(line, b' ').map_or(line, |(name, _)| name);
            table.by_name.insert(name, MessageId(u16::try_from(table.by_name.len()).ok()?));
        }
    }
    for line in lines(text) {
        let mut words = Parts { rest: line, separator: b' ' };
        match words.next()? {
            "#" => {}
            "version" => table.version = words.next()?,
            "message" => table.messages.push(message(words)?),
            "kind" => {
                let kind = kind(&table.by_name, words)?;
                table.kinds.push(kind);
            }
            "shared" => {
                let (name, message) = (words.next()?, words.next()?);
                table.shared.push((name, *table.by_name.get(message.strip_prefix('@')?)?));
            }
            first if table.kinds.is_empty() => {
                let message = table.messages.last_mut()?;
                let field = field(&table.by_name, message.name, first.strip_prefix('\t')?, words)?;
                message.fields.push(field);
            }
            first => {
                let resource = table.kinds.last_mut()?.resource.as_mut()?;
                resource.subresources.push(subresource(first.strip_prefix('\t')?, words)?);
            }
        }
    }
    index(&mut table)?;
    Some(table)
}

/// Parts of a text that a byte separates: its lines, the words of a line. A plain loop is quicker here than the searchers of
/// the standard library, as the parts are short.
struct Parts {
    rest: &'static str,
    separator: u8,
}

impl Iterator for Parts {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        if self.rest.is_empty() {
            return None;
        }
        let (part, rest) = cut(self.rest, self.separator).unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(part)
    }
}

type Words = Parts;

/// The parts before and after the first separator, which is ASCII.
fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.as_bytes().iter().position(|byte| *byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn lines(text: &'static str) -> Parts {
    Parts { rest: text, separator: b'\n' }
}

fn message(mut words: Words) -> Option<Message> {
    let name = words.next()?;
    let (mut typed, mut map_type) = (false, None);
    for word in words {
        match cut(word, b'=') {
            None if word == "typed" => typed = true,
            Some(("map", value)) => map_type = Some(parse_map_type(value)?),
            _ => return None,
        }
    }
    Some(Message {
        name,
        typed,
        map_type,
        fields: Vec::new(),
        by_number: Vec::new(),
        by_name: Vec::new(),
        always_printed: Vec::new(),
        inlined: Vec::new(),
    })
}

fn field(names: &HashMap<&str, MessageId>, message: &str, number: &str, mut words: Words) -> Option<Field> {
    let name = words.next()?;
    let (shape, ty) = parse_type(names, message, words.next()?)?;
    let mut field = Field {
        name,
        number: number.parse().ok()?,
        ty,
        shape,
        pointer: false,
        omit_empty: false,
        omit_zero: false,
        inline: false,
        required: false,
        facts: None,
    };
    for word in words {
        fact(&mut field, word)?;
    }
    Some(field)
}

fn fact(field: &mut Field, word: &'static str) -> Option<()> {
    let Some((fact, value)) = cut(word, b'=') else {
        match word {
            "pointer" => field.pointer = true,
            "empty" => field.omit_empty = true,
            "zero" => field.omit_zero = true,
            "inline" => field.inline = true,
            "required" => field.required = true,
            _ => return None,
        }
        return Some(());
    };
    let field = field.facts.get_or_insert_default();
    match fact {
        "list" => {
            let (ty, keys) = value.split_once(':').unwrap_or((value, "-"));
            field.list_keys = list(keys);
            field.list_type = Some(match ty {
                "atomic" => ListType::Atomic,
                "set" => ListType::Set,
                "map" => ListType::Map,
                _ => return None,
            });
        }
        "map" => field.map_type = Some(parse_map_type(value)?),
        "patch" => {
            let (strategies, key) = value.split_once(':').map_or((value, None), |(strategies, key)| (strategies, Some(key)));
            field.patch_strategies = list(strategies);
            field.patch_key = key;
        }
        "enum" => field.values = value.split(',').map(|value| value.replace("%20", " ")).collect(),
        "default" => field.default = Some(value),
        _ => return None,
    }
    Some(())
}

fn parse_type(names: &HashMap<&str, MessageId>, message: &str, word: &str) -> Option<(Shape, Type)> {
    let (shape, word) = if let Some(word) = word.strip_prefix("[]") {
        (Shape::List, word)
    } else if let Some(word) = word.strip_prefix("{}") {
        (Shape::Map, word)
    } else {
        (Shape::Single, word)
    };
    let (word, id) = match cut(word, b'@') {
        None => (word, None),
        Some((word, name)) if name.as_bytes().contains(&b'.') => (word, Some(*names.get(name)?)),
        Some((word, name)) => {
            let (package, _) = message.rsplit_once('.')?;
            (word, Some(*names.get(format!("{package}.{name}").as_str())?))
        }
    };
    let ty = match (word, id) {
        ("", Some(id)) => Type::Message(id),
        ("schemaorbool", Some(id)) => Type::SchemaOrBool(id),
        ("schemaorarray", Some(id)) => Type::SchemaOrArray(id),
        ("schemaorstrings", Some(id)) => Type::SchemaOrStrings(id),
        ("string", None) => Type::String,
        ("bytes", None) => Type::Bytes,
        ("bool", None) => Type::Bool,
        ("int32", None) => Type::Int32,
        ("int64", None) => Type::Int64,
        ("double", None) => Type::Double,
        ("time", None) => Type::Time,
        ("microtime", None) => Type::MicroTime,
        ("quantity", None) => Type::Quantity,
        ("intorstring", None) => Type::IntOrString,
        ("rawextension", None) => Type::RawExtension,
        ("fieldsv1", None) => Type::FieldsV1,
        ("json", None) => Type::Json,
        ("strings", None) => Type::Strings,
        _ => return None,
    };
    Some((shape, ty))
}

fn parse_map_type(word: &str) -> Option<MapType> {
    match word {
        "atomic" => Some(MapType::Atomic),
        "granular" => Some(MapType::Granular),
        _ => None,
    }
}

fn kind(names: &HashMap<&str, MessageId>, mut words: Words) -> Option<Kind> {
    let group = dash(words.next()?);
    let (version, name) = (words.next()?, words.next()?);
    let message = *names.get(words.next()?.strip_prefix('@')?)?;
    let resource = match words.next() {
        None => None,
        Some(plural) => Some(Resource {
            plural,
            singular: dash(words.next()?),
            namespaced: words.next()? == "namespaced",
            verbs: list(words.next()?),
            short_names: list(words.next()?),
            categories: list(words.next()?),
            subresources: Vec::new(),
        }),
    };
    Some(Kind { group, version, name, message, resource })
}

fn subresource(name: &'static str, mut words: Words) -> Option<Subresource> {
    let group = dash(words.next()?);
    Some(Subresource { name, group, version: words.next()?, kind: words.next()?, verbs: list(words.next()?) })
}

fn dash(word: &'static str) -> &'static str {
    if word == "-" { "" } else { word }
}

fn list(word: &'static str) -> Vec<&'static str> {
    if word == "-" { Vec::new() } else { word.split(',').collect() }
}

/// Fills the indexes.
fn index(table: &mut Table) -> Option<()> {
    for message in &mut table.messages {
        let numbers = message.fields.iter().map(|field| field.number).max().unwrap_or_default();
        message.by_number = vec![NO_FIELD; usize::try_from(numbers).ok()? + 1];
        for (at, field) in message.fields.iter().enumerate() {
            let at = u8::try_from(at).ok().filter(|at| *at != NO_FIELD)?;
            *message.by_number.get_mut(usize::try_from(field.number).ok()?)? = at;
            if is_always_printed(field) {
                message.always_printed.push(at);
            }
            if !field.inline {
                message.by_name.push((field.name, at));
            }
        }
        message.by_name.sort_unstable_by_key(|(name, _)| (name.len(), *name));
    }
    let inlined: Vec<Vec<&'static str>> = table.messages.iter().map(|message| inlined(table, message)).collect();
    for (message, names) in table.messages.iter_mut().zip(inlined) {
        message.inlined = names;
    }
    for (at, kind) in table.kinds.iter().enumerate() {
        table.by_kind.insert((kind.group, kind.version, kind.name), at);
        if let Some(resource) = &kind.resource {
            table.by_resource.insert((kind.group, kind.version, resource.plural), at);
        }
    }
    Some(())
}

/// True if the JSON of an absent field has its name: without `omitempty`, and for a struct with it too.
fn is_always_printed(field: &Field) -> bool {
    use Type::{Bool, Bytes, Double, Int32, Int64, String, Strings};
    let is_struct = !matches!(field.ty, String | Bytes | Bool | Int32 | Int64 | Double | Strings);
    let always = is_struct && field.shape == Shape::Single && !field.pointer;
    !field.omit_zero && (!field.omit_empty || always)
}

/// The names of the fields of all inlined members, sorted.
fn inlined(table: &Table, message: &Message) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut open = vec![message];
    while let Some(message) = open.pop() {
        for field in message.fields.iter().filter(|field| field.inline) {
            if let Type::Message(id) = field.ty {
                let member = table.message(id);
                names.extend(member.by_name.iter().map(|(name, _)| *name));
                open.push(member);
            }
        }
    }
    names.sort_unstable();
    names
}
