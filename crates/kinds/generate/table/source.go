package main

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// readEnums adds the constants of the types that are marked `+enum`.
func readEnums(messages *messageSet, module, dir string) {
	enums := map[string]map[string][]string{}
	for _, m := range messages.order {
		for _, f := range m.fields {
			t := f.goType
			for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
				t = t.Elem()
			}
			if t.Kind() != reflect.String || t.PkgPath() == "" || !strings.HasPrefix(t.PkgPath()+"/", module+"/") {
				continue
			}
			if enums[t.PkgPath()] == nil {
				enums[t.PkgPath()] = packageEnums(filepath.Join(dir, strings.TrimPrefix(t.PkgPath(), module)))
			}
			f.enum = enums[t.PkgPath()][t.Name()]
		}
	}
}

func packageEnums(dir string) map[string][]string {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	check(err)
	marked, values := map[string]bool{}, map[string][]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		check(err)
		for _, declaration := range tree.Decls {
			group, is := declaration.(*ast.GenDecl)
			if !is {
				continue
			}
			for _, spec := range group.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if isEnum(group.Doc) || isEnum(spec.Doc) {
						marked[spec.Name.Name] = true
					}
				case *ast.ValueSpec:
					addConstant(values, spec)
				}
			}
		}
	}
	for name := range values {
		if !marked[name] {
			delete(values, name)
		}
	}
	return values
}

func isEnum(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, line := range doc.List {
		if strings.TrimSpace(strings.TrimPrefix(line.Text, "//")) == "+enum" {
			return true
		}
	}
	return false
}

func addConstant(values map[string][]string, spec *ast.ValueSpec) {
	name, is := spec.Type.(*ast.Ident)
	if !is {
		return
	}
	for _, value := range spec.Values {
		if literal, is := value.(*ast.BasicLit); is && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			check(err)
			values[name.Name] = append(values[name.Name], text)
		}
	}
}

var (
	protoMessage = regexp.MustCompile(`^message (\w+) \{`)
	protoField   = regexp.MustCompile(`^  (optional|repeated|map<string, ?([\w.]+)>) ?([\w.]*) (\w+) = (\d+)`)
)

// compareProtos fails if the struct tags say something else than the generated.proto files, from which the code that
// Kubernetes runs was made.
func compareProtos(messages *messageSet, module, dir string) {
	packages := map[string]map[string]*message{}
	for _, m := range messages.order {
		if m.pkg == module || strings.HasPrefix(m.pkg, module+"/") {
			if packages[m.pkg] == nil {
				packages[m.pkg] = map[string]*message{}
			}
			packages[m.pkg][m.goName] = m
		}
	}
	for pkg, byName := range packages {
		file, err := os.Open(filepath.Join(dir, strings.TrimPrefix(pkg, module), "generated.proto"))
		check(err)
		compareProto(messages, byName, pkg, file)
		check(file.Close())
	}
}

func compareProto(messages *messageSet, byName map[string]*message, pkg string, file *os.File) {
	seen := map[string]int{}
	var m *message
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if start := protoMessage.FindStringSubmatch(line); start != nil {
			m = byName[start[1]]
		}
		parts := protoField.FindStringSubmatch(line)
		if m == nil || parts == nil {
			continue
		}
		number, err := strconv.Atoi(parts[5])
		check(err)
		seen[m.goName]++
		label, of := parts[1], parts[3]
		if parts[2] != "" {
			label, of = "map", parts[2]
		}
		m.compareField(pkg, label, of, parts[4], number)
	}
	check(lines.Err())
	for name, m := range byName {
		if seen[name] != len(m.fields) {
			problem("%s has %d fields, its .proto %d", m.name, len(m.fields), seen[name])
		}
	}
}

func (m *message) compareField(pkg, label, of, name string, number int) {
	for _, f := range m.fields {
		if f.number != number {
			continue
		}
		if f.proto != name || f.list != (label == "repeated") || f.mapped != (label == "map") {
			problem("%s.%s: the .proto has %s %s %s = %d", m.name, f.name, label, of, name, number)
		}
		if strings.Contains(f.of, ".") {
			full := of
			if !strings.Contains(of, ".") {
				full = strings.ReplaceAll(pkg, "/", ".") + "." + of
			} else if strings.HasPrefix(of, ".") {
				full = of[1:]
			}
			if strings.Replace(full, "k8s.io.", "io.k8s.", 1) != f.of {
				problem("%s.%s is %s, in the .proto %s", m.name, f.name, f.of, of)
			}
		} else if scalar := f.of; (scalar == "string" || scalar == "bool" || scalar == "bytes" || scalar == "int32" ||
			scalar == "int64" || scalar == "double") && scalar != of {
			problem("%s.%s is %s, in the .proto %s", m.name, f.name, f.of, of)
		}
		return
	}
	problem("%s: %s = %d is only in the .proto", m.name, name, number)
}
