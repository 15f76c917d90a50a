package kube

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Diff compares old and new inputs. Where they are equal the cluster is not asked. Where they differ, a dry run tells whether anything
// would really change ("1000m" to "1" does not) and whether the object can become so at all or must be replaced.
func (p *Provider) Diff(ctx context.Context, r plugin.DiffRequest) (plugin.DiffResponse, error) {
	ctx, stop := p.request(ctx)
	defer stop()
	state, _ := objectOf(r.OldOutputs)
	p.hold(state.GetUID(), r.URN)

	changes := changedPaths(r.OldInputs, r.NewInputs, r.IgnoreChanges)
	if len(changes) == 0 {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	olds, _ := objectOf(r.OldInputs)
	news, unknown := objectOf(r.NewInputs)
	fields := p.replacing(news, string(r.Type))
	if groupOf(olds) != groupOf(news) {
		fields = append(fields, "apiVersion")
	}
	replace := false
	for path, change := range changes {
		if under(path, fields) && !sameNamespace(path, olds, news, state) {
			changes[path] = change.ToReplace()
			replace = true
		}
	}
	if !replace && !unknown {
		seen := p.foresee(ctx, r, news)
		switch {
		case seen.same:
			return plugin.DiffResult{Changes: plugin.DiffNone}, nil
		case seen.refused:
			for path, change := range changes {
				if len(seen.immutable) == 0 || under(path, seen.immutable) {
					changes[path] = change.ToReplace()
					replace = true
				}
			}
			if !replace {
				for path, change := range changes {
					changes[path] = change.ToReplace()
				}
				replace = true
			}
		}
	}
	result := plugin.DiffResult{Changes: plugin.DiffSome, DetailedDiff: changes}
	top := map[resource.PropertyKey]bool{}
	for path, change := range changes {
		if parsed, err := resource.ParsePropertyPath(path); err == nil && len(parsed) > 0 {
			if key, ok := parsed[0].(string); ok && !top[resource.PropertyKey(key)] {
				top[resource.PropertyKey(key)] = true
				result.ChangedKeys = append(result.ChangedKeys, resource.PropertyKey(key))
			}
		}
		if change.Kind.IsReplace() {
			result.ReplaceKeys = append(result.ReplaceKeys, resource.PropertyKey(path))
		}
	}
	result.DeleteBeforeReplace = replace && sameObject(r, olds, news)
	return result, nil
}

// changedPaths returns the paths at which inputs differ, without secret wrappings and without what the program ignores.
func changedPaths(olds, news resource.PropertyMap, ignored []string) map[string]plugin.PropertyDiff {
	diff := bareMap(olds).Diff(bareMap(news), func(key resource.PropertyKey) bool { return len(key) > 1 && key[:2] == "__" })
	changes := plugin.NewDetailedDiffFromObjectDiff(diff, true)
	for _, text := range ignored {
		path, err := resource.ParsePropertyPath(text)
		if err != nil {
			continue
		}
		for changed := range changes {
			if parsed, err := resource.ParsePropertyPath(changed); err == nil && path.Contains(parsed) {
				delete(changes, changed)
			}
		}
	}
	return changes
}

func groupOf(u *unstructured.Unstructured) string {
	gv, err := schema.ParseGroupVersion(u.GetAPIVersion())
	if err != nil {
		return u.GetAPIVersion()
	}
	return gv.Group
}

// sameNamespace says whether a change of metadata.namespace only spells out or leaves out the namespace that the object is in.
func sameNamespace(path string, olds, news, state *unstructured.Unstructured) bool {
	if path != "metadata.namespace" {
		return false
	}
	return news.GetNamespace() == "" || olds.GetNamespace() == "" && news.GetNamespace() == state.GetNamespace()
}

// sameObject says whether old and new object have one name, so that the old must go before the new can come.
func sameObject(r plugin.DiffRequest, olds, news *unstructured.Unstructured) bool {
	if name := metadataField(r.NewInputs, "name"); name.IsComputed() {
		return false
	}
	return news.GetName() != "" && !annotated(news, annotationAutonamed) &&
		news.GetName() == olds.GetName() && news.GetNamespace() == olds.GetNamespace()
}

func metadataField(inputs resource.PropertyMap, key resource.PropertyKey) resource.PropertyValue {
	if metadata := bare(inputs["metadata"]); metadata.IsObject() {
		return bare(metadata.ObjectValue()[key])
	}
	return resource.NewNullProperty()
}

// forecast is what a dry run of an update tells.
type forecast struct {
	// same: nothing would change, neither a value nor which fields are ours.
	same bool
	// refused: the object cannot be changed so, but one made anew could be so.
	refused bool
	// immutable names the fields for which it was refused, where the server names them.
	immutable []string
}

// foresee runs an update dry. Whatever keeps it from doing so (no connection, no right) leaves the difference of the inputs as it is:
// Update will report what is wrong.
func (p *Provider) foresee(ctx context.Context, r plugin.DiffRequest, news *unstructured.Unstructured) forecast {
	c, err := p.connect()
	if err != nil {
		return forecast{}
	}
	wanted := news.DeepCopy()
	if namespace, _ := parseID(r.ID); wanted.GetNamespace() == "" {
		wanted.SetNamespace(namespace)
	}
	client, err := c.resource(ctx, wanted)
	if err != nil {
		return forecast{}
	}
	live, err := client.Get(ctx, wanted.GetName(), metav1.GetOptions{})
	if err != nil {
		return forecast{}
	}
	manager := managerOf(wanted, string(r.Type), r.URN)
	a := application{object: wanted, manager: manager, owner: live.GetAnnotations()[annotationOwner], force: true, dry: true}
	dry, err := apply(ctx, client, a)
	if err == nil {
		return forecast{same: sameContent(live, dry) && sameOwnership(live, dry, manager)}
	}
	if !apierrors.IsInvalid(err) || isPatch(string(r.Type), wanted) {
		return forecast{}
	}
	// The object as wanted is either wrong in itself, or only wrong as a change of the old one. One of another name tells which.
	other := a
	other.object = wanted.DeepCopy()
	other.object.SetName(wanted.GetName() + "-" + shortHash(string(r.URN)))
	if _, elsewhere := apply(ctx, client, other); elsewhere != nil {
		return forecast{}
	}
	return forecast{refused: true, immutable: causesOf(err)}
}

func causesOf(err error) []string {
	status, ok := err.(apierrors.APIStatus)
	if !ok || status.Status().Details == nil {
		return nil
	}
	var fields []string
	for _, cause := range status.Status().Details.Causes {
		if cause.Field != "" && cause.Field != "<nil>" {
			fields = append(fields, cause.Field)
		}
	}
	return fields
}
