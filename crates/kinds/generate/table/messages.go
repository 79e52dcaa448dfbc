package main

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"kuberewind.local/kinds/builtin"
)

// field is one field of a message, in the order of the Go struct, which is the order of its JSON.
type field struct {
	number                             int
	name                               string // in JSON
	proto                              string // in the .proto file
	list, mapped                       bool
	of                                 string // scalar, well-known type, or message
	goType                             reflect.Type
	pointer, omitempty, omitzero       bool
	inline, required                   bool
	listType, mapType                  string
	listKeys                           []string
	patchStrategy, patchKey, defaultTo string
	enum                               []string
}

type message struct {
	name    string // as in OpenAPI: io.k8s.api.core.v1.Pod
	pkg     string
	goName  string
	typed   bool // has apiVersion and kind, which protobuf puts into the envelope
	mapType string
	fields  []*field
}

type messageSet struct {
	byName map[string]*message
	order  []*message
}

func collectMessages(scheme *runtime.Scheme) *messageSet {
	set := &messageSet{byName: map[string]*message{}}
	for _, t := range scheme.AllKnownTypes() {
		if builtin.HasProtobuf(t) {
			set.add(t)
		}
	}
	slices.SortFunc(set.order, func(a, b *message) int { return strings.Compare(a.name, b.name) })
	return set
}

// messageName returns the name of a Go type in OpenAPI.
func messageName(t reflect.Type) string {
	return strings.ReplaceAll(strings.Replace(t.PkgPath(), "k8s.io/", "io.k8s.", 1), "/", ".") + "." + t.Name()
}

// wellKnown are the types whose JSON is not that of a struct with their fields.
var wellKnown = map[string]string{
	"io.k8s.apimachinery.pkg.apis.meta.v1.Time":       "time",
	"io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime":  "microtime",
	"io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1":   "fieldsv1",
	"io.k8s.apimachinery.pkg.api.resource.Quantity":   "quantity",
	"io.k8s.apimachinery.pkg.util.intstr.IntOrString": "intorstring",
	"io.k8s.apimachinery.pkg.runtime.RawExtension":    "rawextension",
}

// unionOfSchemas are the types of apiextensions that are a schema or something else.
var unionOfSchemas = map[string]string{
	"JSON": "json", "JSONSchemaPropsOrBool": "schemaorbool", "JSONSchemaPropsOrArray": "schemaorarray",
	"JSONSchemaPropsOrStringArray": "schemaorstrings",
}

func (set *messageSet) add(t reflect.Type) {
	name := messageName(t)
	if set.byName[name] != nil {
		return
	}
	m := &message{name: name, pkg: t.PkgPath(), goName: t.Name()}
	set.byName[name] = m
	set.order = append(set.order, m)
	for i := range t.NumField() {
		f := t.Field(i)
		protobuf, has := f.Tag.Lookup("protobuf")
		if !has || protobuf == "-" {
			if f.Type == reflect.TypeFor[metav1.TypeMeta]() {
				m.typed = true
			} else if f.Tag.Get("json") != "-" {
				problem("%s.%s is not in protobuf", name, f.Name)
			}
			continue
		}
		m.fields = append(m.fields, set.field(m, f, strings.Split(protobuf, ",")))
	}
	m.checkNames(set)
}

func (set *messageSet) field(m *message, f reflect.StructField, protobuf []string) *field {
	json := strings.Split(f.Tag.Get("json"), ",")
	number, err := strconv.Atoi(protobuf[1])
	check(err)
	out := &field{
		number: number, name: json[0], goType: f.Type,
		omitempty: slices.Contains(json, "omitempty"), omitzero: slices.Contains(json, "omitzero"),
		patchStrategy: f.Tag.Get("patchStrategy"), patchKey: f.Tag.Get("patchMergeKey"),
	}
	for _, part := range protobuf {
		if name, is := strings.CutPrefix(part, "name="); is {
			out.proto = name
		}
	}
	if out.proto == "" { // one tag lacks it: that of an inlined member
		out.proto = strings.ToLower(f.Name[:1]) + f.Name[1:]
	}
	if name, known := wellKnown[messageName(f.Type)]; out.omitzero && (!known || name != "time" && name != "microtime") {
		problem("%s.%s: omitzero is supported for times only", m.name, f.Name)
	}
	out.inline = f.Anonymous && json[0] == ""
	t := f.Type
	if t.Kind() == reflect.Pointer {
		out.pointer, t = true, t.Elem()
	}
	if out.inline {
		if out.pointer {
			problem("%s.%s: an inlined pointer", m.name, f.Name)
		}
		out.name = out.proto
	}
	if out.name == "" || out.name == "-" {
		problem("%s.%s has no name in JSON", m.name, f.Name)
	}
	switch {
	case t.Kind() == reflect.Slice && !builtin.HasProtobuf(t) && t.Elem().Kind() != reflect.Uint8:
		out.list, t = true, t.Elem()
	case t.Kind() == reflect.Map:
		if t.Key().Kind() != reflect.String {
			problem("%s.%s: a map whose keys are no strings", m.name, f.Name)
		}
		out.mapped, t = true, t.Elem()
	}
	if (out.list || out.mapped) && (out.pointer || t.Kind() == reflect.Pointer) {
		problem("%s.%s: a list or map with pointers", m.name, f.Name)
	}
	out.of = set.typeName(m, f.Name, t)
	return out
}

func (set *messageSet) typeName(m *message, name string, t reflect.Type) string {
	if known, is := wellKnown[messageName(t)]; is {
		return known
	}
	if union, is := unionOfSchemas[t.Name()]; is && strings.Contains(t.PkgPath(), "/apiextensions/") {
		return union
	}
	if _, custom := reflect.PointerTo(t).MethodByName("MarshalJSON"); custom {
		problem("%s.%s: %s has its own JSON", m.name, name, t)
	}
	switch t.Kind() {
	case reflect.Struct:
		set.add(t)
		return messageName(t)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		if t.Elem().Kind() == reflect.String && builtin.HasProtobuf(t) {
			return "strings"
		}
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64:
		return t.Kind().String()
	case reflect.Float64:
		return "double"
	}
	problem("%s.%s: %s is not supported", m.name, name, t)
	return ""
}

// checkNames fails if an inlined member hides a field of the message or the other way round.
func (m *message) checkNames(set *messageSet) {
	seen := map[string]bool{}
	var visit func(*message)
	visit = func(m *message) {
		for _, f := range m.fields {
			if f.inline {
				visit(set.byName[f.of])
			} else if seen[f.name] {
				problem("%s: two fields %s", m.name, f.name)
			} else {
				seen[f.name] = true
			}
		}
	}
	visit(m)
}
