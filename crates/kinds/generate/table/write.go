package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const header = `# Facts about the built-in kinds of Kubernetes %s.
# Written by generate/table, which also lists the sources; do not edit.
#
# message NAME [typed] [map=TYPE]          typed: has apiVersion and kind, which protobuf puts into the envelope
#   NUMBER NAME TYPE [FACT...]             fields in the order of their JSON; [] is a list, {} a map; @NAME a message,
#                                          without dots one of the same package
#     pointer: the zero value differs from absence    empty: absence and zero are left out of the JSON (omitempty)
#     zero: left out if all of it is zero (omitzero)  inline: its members belong to the object around it
#     required, list=TYPE[:KEYS], map=TYPE, patch=STRATEGY[:KEY], default=JSON, enum=VALUES (a space as %%20)
# kind GROUP VERSION KIND @MESSAGE [RESOURCE SINGULAR namespaced|cluster VERBS SHORTNAMES CATEGORIES]
#   NAME GROUP VERSION KIND VERBS          subresources; - is empty
# shared KIND @MESSAGE                     a kind of every group and version
`

func writeTable(out *bytes.Buffer, version string, messages *messageSet, kinds *kindSet) {
	fmt.Fprintf(out, header, version)
	fmt.Fprintf(out, "version %s\n", version)
	for _, m := range messages.order {
		fmt.Fprintf(out, "message %s", m.name)
		fact(out, "typed", m.typed)
		textFact(out, "map", m.mapType)
		out.WriteByte('\n')
		for _, f := range m.fields {
			writeField(out, m, f)
		}
	}
	for _, k := range kinds.order {
		fmt.Fprintf(out, "kind %s %s %s @%s", dash(k.Group), k.Version, k.Kind, k.message)
		if k.resource != "" {
			scope := "cluster"
			if k.namespaced {
				scope = "namespaced"
			}
			fmt.Fprintf(out, " %s %s %s %s %s %s", k.resource, dash(k.singular), scope, join(k.verbs), join(k.shortNames), join(k.categories))
		}
		out.WriteByte('\n')
		for _, sub := range k.subresources {
			fmt.Fprintf(out, "\t%s %s %s %s %s\n", sub.name, dash(sub.kind.Group), sub.kind.Version, sub.kind.Kind, join(sub.verbs))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(kinds.shared)) {
		fmt.Fprintf(out, "shared %s @%s\n", name, kinds.shared[name])
	}
}

func writeField(out *bytes.Buffer, m *message, f *field) {
	of := f.of
	if strings.Contains(of, ".") {
		of = "@" + strings.TrimPrefix(of, strings.TrimSuffix(m.name, m.goName))
	} else if strings.HasPrefix(of, "schema") {
		of += "@JSONSchemaProps"
	}
	if f.list {
		of = "[]" + of
	} else if f.mapped {
		of = "{}" + of
	}
	fmt.Fprintf(out, "\t%d %s %s", f.number, f.name, of)
	fact(out, "pointer", f.pointer)
	fact(out, "empty", f.omitempty)
	fact(out, "zero", f.omitzero)
	fact(out, "inline", f.inline)
	fact(out, "required", f.required)
	list := f.listType
	if len(f.listKeys) > 0 {
		list += ":" + join(f.listKeys)
	}
	textFact(out, "list", list)
	textFact(out, "map", f.mapType)
	patch := f.patchStrategy
	if f.patchKey != "" {
		patch += ":" + f.patchKey
	}
	textFact(out, "patch", patch)
	textFact(out, "enum", strings.ReplaceAll(strings.Join(f.enum, ","), " ", "%20"))
	textFact(out, "default", f.defaultTo)
	out.WriteByte('\n')
}

func fact(out *bytes.Buffer, name string, is bool) {
	if is {
		out.WriteString(" " + name)
	}
}

func textFact(out *bytes.Buffer, name, value string) {
	if strings.ContainsAny(value, " \n") {
		problem("a space in %s=%s", name, value)
	}
	if value != "" {
		out.WriteString(" " + name + "=" + value)
	}
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func join(texts []string) string {
	return dash(strings.Join(texts, ","))
}
