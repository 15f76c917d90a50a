package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// unknownKind explains that the cluster does not serve a kind: under which version it does, what it serves with a name like it, or which
// definition is missing. It asks for the whole discovery, which only a failure does.
func (c *cluster) unknownKind(ctx context.Context, gvk schema.GroupVersionKind) string {
	text := fmt.Sprintf("the cluster at %s does not serve kind %s of %s", c.config.Host, gvk.Kind, gvk.GroupVersion())
	if ctx.Err() != nil {
		return text
	}
	_, lists, err := c.discovery.ServerGroupsAndResources()
	if err != nil && len(lists) == 0 {
		return text
	}
	groupServed := false
	type candidate struct {
		label    string
		distance int
		foreign  bool
	}
	var near []candidate
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			continue
		}
		groupServed = groupServed || gv.Group == gvk.Group
		for _, r := range list.APIResources {
			if isSubresource(r.Name) {
				continue
			}
			distance := editDistance(strings.ToLower(r.Kind), strings.ToLower(gvk.Kind))
			if distance <= 2 || distance*4 <= len(gvk.Kind) {
				near = append(near, candidate{label: fmt.Sprintf("%s of %s", r.Kind, gv), distance: distance, foreign: gv.Group != gvk.Group})
			}
		}
	}
	if len(near) > 0 {
		slices.SortFunc(near, func(a, b candidate) int {
			if a.foreign != b.foreign {
				return map[bool]int{false: -1, true: 1}[a.foreign]
			}
			if a.distance != b.distance {
				return a.distance - b.distance
			}
			return strings.Compare(a.label, b.label)
		})
		labels := make([]string, 0, 5)
		for _, n := range near[:min(len(near), 5)] {
			labels = append(labels, n.label)
		}
		text += ". Kinds like it that it serves: " + strings.Join(labels, ", ")
	}
	if !groupServed && gvk.Group != "" {
		return text + fmt.Sprintf(". No CustomResourceDefinition of group %s is installed: install it, or declare it and let this resource "+
			"depend on it (dependsOn)",
			gvk.Group)
	}
	return text + ". Correct apiVersion and kind, or install the CustomResourceDefinition that serves it"
}

// editDistance is the number of letters to insert, delete or change between two words.
func editDistance(a, b string) int {
	previous := make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current := make([]int, len(b)+1)
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
		}
		previous = current
	}
	return previous[len(b)]
}
