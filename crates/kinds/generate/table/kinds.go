package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"kuberewind.local/kinds/builtin"
)

type subresource struct {
	name  string
	kind  schema.GroupVersionKind
	verbs []string
}

type kind struct {
	schema.GroupVersionKind
	message      string
	resource     string
	singular     string
	namespaced   bool
	verbs        []string
	shortNames   []string
	categories   []string
	subresources []subresource
}

type kindSet struct {
	byKind map[schema.GroupVersionKind]*kind
	order  []*kind
	// Kinds that exist in every group and version: DeleteOptions, WatchEvent.
	shared map[string]string
}

// sharedCount is how many group-versions a kind of package meta has at least, to be one that all have.
const sharedCount = 10

func collectKinds(scheme *runtime.Scheme) *kindSet {
	set := &kindSet{byKind: map[schema.GroupVersionKind]*kind{}, shared: map[string]string{}}
	versions := map[string]int{}
	for gvk := range scheme.AllKnownTypes() {
		versions[gvk.Kind]++
	}
	for gvk, t := range scheme.AllKnownTypes() {
		switch {
		case gvk.Version == runtime.APIVersionInternal || !builtin.HasProtobuf(t):
		case strings.HasSuffix(t.PkgPath(), "/apis/meta/v1") && versions[gvk.Kind] >= sharedCount:
			set.shared[gvk.Kind] = messageName(t)
		default:
			k := &kind{GroupVersionKind: gvk, message: messageName(t)}
			set.byKind[gvk] = k
			set.order = append(set.order, k)
		}
	}
	slices.SortFunc(set.order, func(a, b *kind) int {
		return strings.Compare(a.Group+"/"+a.Version+"/"+a.Kind, b.Group+"/"+b.Version+"/"+b.Kind)
	})
	return set
}

// resourceList is an APIResourceList as the server answers it.
type resourceList struct {
	GroupVersion string
	Resources    []struct {
		Name, SingularName, Group, Version, Kind string
		Namespaced                               bool
		Verbs, ShortNames, Categories            []string
	}
}

// readDiscovery adds what the server's discovery documents say, and returns the number of resources.
func readDiscovery(kinds *kindSet, dir string) int {
	files, err := filepath.Glob(filepath.Join(dir, "api*__v*.json"))
	check(err)
	count := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		var list resourceList
		check(json.Unmarshal(text, &list))
		served, err := schema.ParseGroupVersion(list.GroupVersion)
		check(err)
		of := map[string]*kind{}
		for _, resource := range list.Resources {
			gvk := served.WithKind(resource.Kind)
			if resource.Version != "" {
				gvk = schema.GroupVersionKind{Group: resource.Group, Version: resource.Version, Kind: resource.Kind}
			}
			name, sub, isSub := strings.Cut(resource.Name, "/")
			if isSub {
				owner := of[name]
				if owner == nil {
					// `serviceaccounts/token` may precede its resource, and some subresources have none.
					owner = &kind{}
					of[name] = owner
				}
				owner.subresources = append(owner.subresources, subresource{sub, gvk, resource.Verbs})
				continue
			}
			k := kinds.byKind[gvk]
			if k == nil {
				problem("%s: no type of %s", file, gvk)
			}
			count++
			if early := of[name]; early != nil {
				k.subresources = early.subresources
			}
			of[name] = k
			k.resource, k.singular, k.namespaced = resource.Name, resource.SingularName, resource.Namespaced
			k.verbs, k.shortNames, k.categories = resource.Verbs, resource.ShortNames, resource.Categories
		}
		for name, k := range of {
			if k.Kind == "" {
				problem("%s: subresources of %s, which is not a resource", file, name)
			}
		}
	}
	return count
}
