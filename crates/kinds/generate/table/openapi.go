package main

import (
	"encoding/json"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

type property struct {
	Default  json.RawMessage
	ListType string   `json:"x-kubernetes-list-type"`
	ListKeys []string `json:"x-kubernetes-list-map-keys"`
	MapType  string   `json:"x-kubernetes-map-type"`
	Strategy string   `json:"x-kubernetes-patch-strategy"`
	MergeKey string   `json:"x-kubernetes-patch-merge-key"`
}

type definition struct {
	MapType    string `json:"x-kubernetes-map-type"`
	Required   []string
	Properties map[string]property
}

// readOpenAPI adds the facts of the schemas, and returns how many messages have one.
func readOpenAPI(messages *messageSet, dir string) int {
	files, err := filepath.Glob(filepath.Join(dir, "*_openapi.json"))
	check(err)
	matched, unmatched := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		var document struct {
			Components struct{ Schemas map[string]definition }
		}
		check(json.Unmarshal(text, &document))
		for name, definition := range document.Components.Schemas {
			if m := messages.byName[name]; m != nil {
				matched[name] = true
				m.mapType = definition.MapType
				messages.describe(m, m, definition)
			} else if wellKnown[name] == "" && unionOfSchemas[name[strings.LastIndex(name, ".")+1:]] == "" {
				unmatched[name] = true
			}
		}
	}
	for name := range unmatched {
		log.Printf("only in OpenAPI: %s", name)
	}
	return len(matched)
}

// describe adds the facts of a schema to the fields of a message. A schema lists the fields of inlined messages too.
func (messages *messageSet) describe(root, m *message, definition definition) {
	for _, f := range m.fields {
		if f.inline {
			messages.describe(root, messages.byName[f.of], definition)
			continue
		}
		p, has := definition.Properties[f.name]
		if !has {
			problem("%s.%s is not in OpenAPI", m.name, f.name)
		}
		if p.Strategy != f.patchStrategy || p.MergeKey != f.patchKey {
			problem("%s.%s: patch strategy of OpenAPI: %s %s", m.name, f.name, p.Strategy, p.MergeKey)
		}
		f.required = slices.Contains(definition.Required, f.name)
		f.listType, f.listKeys, f.mapType = p.ListType, p.ListKeys, p.MapType
		switch string(p.Default) {
		case "", "{}", "0", `""`, "false", "[]", "null":
		default:
			f.defaultTo = string(p.Default)
		}
	}
}
