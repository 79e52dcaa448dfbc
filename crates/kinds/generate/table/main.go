// Command table writes ../src/table.txt, the facts about the built-in kinds of Kubernetes, and its compressed form
// ../src/table.txt.zst, which the crate embeds.
//
// Run it in crates/kinds/generate after changing the versions in go.mod:
//
//	go run ./table
//
// Sources, all in Go modules that the module proxy serves:
//
//   - the Go types of k8s.io/api, k8s.io/apimachinery, k8s.io/apiextensions-apiserver and k8s.io/kube-aggregator: order,
//     names, types, protobuf numbers, omitempty, pointers, patch strategy and merge keys (struct tags);
//   - their `+enum` markers and constants: the values of enums;
//   - their generated.proto files: every number, name and type is compared with the struct tags, a difference is an error;
//   - api/openapi-spec/v3 of k8s.io/kubernetes: required fields, list types and keys, map types, defaults;
//   - api/discovery of k8s.io/kubernetes: resources, short names, categories, verbs, subresources.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"kuberewind.local/kinds/builtin"
)

func main() {
	log.SetFlags(0)
	kubernetes := strings.Replace(moduleVersion("k8s.io/api"), "v0.", "v1.", 1)
	release := moduleDir("k8s.io/kubernetes@" + kubernetes)

	scheme, err := builtin.Scheme()
	check(err)
	messages := collectMessages(scheme)
	for _, module := range []string{"k8s.io/api", "k8s.io/apimachinery", "k8s.io/apiextensions-apiserver", "k8s.io/kube-aggregator"} {
		dir := moduleDir(module + "@" + moduleVersion(module))
		readEnums(messages, module, dir)
		compareProtos(messages, module, dir)
	}
	matched := readOpenAPI(messages, filepath.Join(release, "api/openapi-spec/v3"))
	kinds := collectKinds(scheme)
	served := readDiscovery(kinds, filepath.Join(release, "api/discovery"))

	var text bytes.Buffer
	writeTable(&text, kubernetes, messages, kinds)
	check(os.WriteFile("../src/table.txt", text.Bytes(), 0o644))
	packed := compress(text.Bytes())
	check(os.WriteFile("../src/table.txt.zst", packed, 0o644))

	fields := 0
	for _, message := range messages.order {
		fields += len(message.fields)
	}
	log.Printf("%s: %d messages, %d fields, %d with a schema; %d kinds, %d served; %d bytes, compressed %d",
		kubernetes, len(messages.order), fields, matched, len(kinds.order), served, text.Len(), len(packed))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func moduleVersion(module string) string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", module).Output()
	check(err)
	return strings.TrimSpace(string(out))
}

// moduleDir downloads a module (path@version) and returns its folder. The module need not be in go.mod.
func moduleDir(module string) string {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	if err != nil {
		log.Fatalf("go mod download %s: %v\n%s", module, err, out)
	}
	var answer struct{ Dir string }
	check(json.Unmarshal(out, &answer))
	return answer.Dir
}

func compress(text []byte) []byte {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(1<<20))
	check(err)
	return encoder.EncodeAll(text, nil)
}

func problem(format string, arguments ...any) {
	log.Fatal(fmt.Sprintf(format, arguments...))
}
