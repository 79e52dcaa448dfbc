//! The form of an object in a real server, whose objects are Go structs: empty members that Go leaves out are dropped, and members that Go
//! always prints are filled in with their zero values.

use kuberewind_kinds::{Field, Message, Place, Shape, Type};
use serde_json::{Map, Value, json};

/// Brings an object into the form of its type.
pub(super) fn canonical(message: &'static Message, object: &mut Value) {
    let mut stack = vec![(object, Place::Object(message))];
    while let Some((value, place)) = stack.pop() {
        match (place.shape(), value) {
            (Shape::List, Value::Array(list)) => {
                if let Some(item) = place.item() {
                    stack.extend(list.iter_mut().map(|value| (value, item)));
                }
            }
            (Shape::Map, Value::Object(map)) => {
                stack.extend(map.iter_mut().filter_map(|(name, value)| place.member(name).map(|place| (value, place))));
            }
            (Shape::Single, Value::Object(map)) => {
                let Some(message) = place.message().filter(|_| is_struct(place)) else { continue };
                members(message, map);
                stack.extend(map.iter_mut().filter_map(|(name, value)| place.member(name).map(|place| (value, place))));
            }
            _ => {}
        }
    }
}

/// True unless the value can be something else than an object, as in the schemas of definitions.
fn is_struct(place: Place) -> bool {
    place.field().is_none_or(|field| matches!(field.ty(), Type::Message(_)))
}

fn members(message: &'static Message, map: &mut Map<String, Value>) {
    map.retain(|name, value| message.field(name).is_none_or(|field| !is_left_out(field, value)));
    let mut messages = vec![message];
    while let Some(message) = messages.pop() {
        for field in message.fields() {
            if field.is_inline() {
                messages.extend(field.ty().message());
            } else if let Some(zero) = printed(field)
                && !map.contains_key(field.name())
            {
                map.insert(field.name().to_owned(), zero);
            }
        }
    }
}

fn is_left_out(field: &Field, value: &Value) -> bool {
    if value.is_null() {
        return true;
    }
    if !field.omits_empty() || field.is_pointer() {
        return false;
    }
    match (field.shape(), value) {
        (Shape::List, Value::Array(list)) => list.is_empty(),
        (Shape::Map, Value::Object(map)) => map.is_empty(),
        (Shape::Single, Value::String(text)) => text.is_empty() && matches!(field.ty(), Type::String | Type::Bytes),
        (Shape::Single, Value::Bool(flag)) => !flag,
        (Shape::Single, Value::Number(number)) => {
            matches!(field.ty(), Type::Int32 | Type::Int64 | Type::Double) && number.as_f64() == Some(0.0)
        }
        (Shape::Single, Value::Object(map)) => field.omits_zero() && map.is_empty(),
        _ => false,
    }
}

/// The zero value of an absent field that Go prints all the same. Go leaves out no struct, but omitted zero times.
fn printed(field: &Field) -> Option<Value> {
    if field.omits_zero() {
        return None;
    }
    if field.shape() != Shape::Single || field.is_pointer() {
        return (!field.omits_empty()).then_some(Value::Null);
    }
    match field.ty() {
        Type::Message(_) => Some(json!({})),
        Type::Time | Type::MicroTime => Some(Value::Null),
        Type::Quantity => Some(json!("0")),
        Type::IntOrString => Some(json!(0)),
        _ if field.omits_empty() => None,
        Type::String => Some(json!("")),
        Type::Bool => Some(json!(false)),
        Type::Int32 | Type::Int64 => Some(json!(0)),
        Type::Double => Some(json!(0.0)),
        Type::Bytes | Type::Strings => Some(Value::Null),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kuberewind_kinds::table;

    #[test]
    fn objects_get_the_form_of_go_structs() {
        let event = table().kind("", "v1", "Event").unwrap();
        let mut object =
            json!({"metadata": {"labels": {}, "name": "e"}, "reason": "", "count": 0, "involvedObject": {"kind": "Pod"}});
        canonical(event.message(), &mut object);
        let wanted = json!({"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod"}, "source": {}, "firstTimestamp": null,
            "lastTimestamp": null, "eventTime": null, "reportingComponent": "", "reportingInstance": ""});
        assert_eq!(object, wanted);
        let job = table().kind("batch", "v1", "CronJob").unwrap();
        let mut object = json!({"spec": {"suspend": false, "jobTemplate": {"spec": {"template": {"spec": {"containers": [
            {"name": "c", "image": "", "stdin": false, "ports": null}]}}}}}});
        canonical(job.message(), &mut object);
        assert_eq!(object["spec"]["suspend"], false, "a pointer keeps its zero value");
        let template = &object["spec"]["jobTemplate"]["spec"]["template"];
        assert_eq!(
            (&template["metadata"], &template["spec"]["containers"][0]),
            (&json!({}), &json!({"name": "c", "resources": {}}))
        );
        assert_eq!(object["status"], json!({}));
    }
}
