package kube

import (
	"bytes"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// ownedBy returns the fields that a manager has applied, or nil if it has applied none.
func ownedBy(u *unstructured.Unstructured, manager string) *fieldpath.Set {
	var out *fieldpath.Set
	for _, entry := range u.GetManagedFields() {
		if entry.Manager != manager || entry.Operation != metav1.ManagedFieldsOperationApply || entry.FieldsV1 == nil {
			continue
		}
		set := &fieldpath.Set{}
		if err := set.FromJSON(bytes.NewReader(entry.FieldsV1.Raw)); err != nil {
			continue
		}
		if out == nil {
			out = set
		} else {
			out = out.Union(set)
		}
	}
	return out
}

// sameOwnership says whether a manager owns the same fields of two versions of an object. Our own mark does not count, and neither does
// an object that the manager has never applied: one that was imported.
func sameOwnership(before, after *unstructured.Unstructured, manager string) bool {
	old, now := ownedBy(before, manager), ownedBy(after, manager)
	if old == nil || now == nil {
		return old == nil
	}
	mark := fieldpath.NewSet(fieldpath.MakePathOrDie("metadata", "annotations", annotationOwner))
	return old.Difference(mark).Leaves().Equals(now.Difference(mark).Leaves())
}

// keepIgnored takes fields that the program ignores out of what is applied where another manager owns them, and else sets them to what the
// cluster has, so that an update neither changes nor claims them.
func keepIgnored(object, live *unstructured.Unstructured, manager string, ignored []string) error {
	owned := ownedBy(live, manager)
	for _, text := range ignored {
		path, err := resource.ParsePropertyPath(text)
		if err != nil {
			return fmt.Errorf("ignoreChanges %q is not a property path: %w", text, err)
		}
		keys := make([]string, 0, len(path))
		parts := make([]any, 0, len(path))
		for _, part := range path {
			key, isKey := part.(string)
			if !isKey || key == "*" {
				break
			}
			keys, parts = append(keys, key), append(parts, key)
		}
		if len(keys) < len(path) {
			// Inside a list the engine has already put back the old value; that is what is sent.
			continue
		}
		at, err := fieldpath.MakePath(parts...)
		if err != nil {
			return fmt.Errorf("ignoreChanges %q: %w", text, err)
		}
		value, found, err := unstructured.NestedFieldCopy(live.Object, keys...)
		if err != nil || !found {
			continue
		}
		if owned == nil || !ownsUnder(owned, at) {
			unstructured.RemoveNestedField(object.Object, keys...)
			continue
		}
		if err := unstructured.SetNestedField(object.Object, value, keys...); err != nil {
			return fmt.Errorf("ignoreChanges %q: %w", text, err)
		}
	}
	return nil
}

// ownsUnder says whether a set holds a field or anything below it.
func ownsUnder(set *fieldpath.Set, at fieldpath.Path) bool {
	if set.Has(at) {
		return true
	}
	for _, element := range at {
		set = set.WithPrefix(element)
	}
	return !set.Empty()
}
