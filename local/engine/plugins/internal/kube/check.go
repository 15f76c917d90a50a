package kube

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Check completes inputs (apiVersion, kind, a name where none is given, the default namespace) and refuses what can never be applied.
// Whether fields are right is for the API server to say, in the dry run of Create and Update.
func (p *Provider) Check(ctx context.Context, r plugin.CheckRequest) (plugin.CheckResponse, error) {
	token := string(r.Type)
	object, _ := objectOf(r.News)
	if err := fillKind(object, token); err != nil {
		return plugin.CheckResponse{}, err
	}
	inputs := r.News.Copy()
	for key, value := range map[resource.PropertyKey]string{"apiVersion": object.GetAPIVersion(), "kind": object.GetKind()} {
		if _, has := inputs[key]; !has {
			inputs[key] = resource.NewStringProperty(value)
		}
	}
	fields, known := metadataOf(inputs)
	if known {
		failures, err := p.name(r, object, fields)
		if err != nil {
			return plugin.CheckResponse{}, err
		}
		if _, has := fields["namespace"]; !has {
			if namespace := p.defaultNamespace(ctx, r, object); namespace != "" {
				fields["namespace"] = resource.NewStringProperty(namespace)
			}
		}
		setMetadata(inputs, fields)
		object, _ = objectOf(inputs)
		for _, fault := range checkAnnotations(object) {
			failures = append(failures, plugin.CheckFailure{Property: "metadata", Reason: fault})
		}
		if len(failures) > 0 {
			return plugin.CheckResponse{Properties: inputs, Failures: failures}, nil
		}
	}
	p.define(object)
	copySecrets(inputs, nil)
	return plugin.CheckResponse{Properties: inputs}, nil
}

// metadataOf returns a copy of the metadata to change; known is false while a value not known yet stands in its place.
func metadataOf(inputs resource.PropertyMap) (fields resource.PropertyMap, known bool) {
	switch v := bare(inputs["metadata"]); {
	case v.IsObject():
		return v.ObjectValue().Copy(), true
	case v.IsComputed():
		return nil, false
	default:
		return resource.PropertyMap{}, true
	}
}

func setMetadata(inputs, fields resource.PropertyMap) {
	secret := inputs["metadata"].IsSecret()
	inputs["metadata"] = resource.NewObjectProperty(fields)
	if secret {
		inputs["metadata"] = resource.MakeSecret(inputs["metadata"])
	}
}

// name gives a resource without a name one, as @pulumi/kubernetes does: the one it had, else the engine's proposal, else its name in the
// program with eight random hexadecimal digits.
func (p *Provider) name(
	r plugin.CheckRequest, object *unstructured.Unstructured, fields resource.PropertyMap,
) ([]plugin.CheckFailure, error) {
	if given := bare(fields["name"]); given.IsComputed() || given.IsString() && given.StringValue() != "" {
		return nil, nil
	}
	refuse := func(reason string) ([]plugin.CheckFailure, error) {
		return []plugin.CheckFailure{{Property: "metadata", Reason: reason}}, nil
	}
	if given := bare(fields["generateName"]); given.IsComputed() || given.IsString() && given.StringValue() != "" {
		return refuse("metadata.generateName does not go with server-side apply, which finds an object by its name. " +
			"Set metadata.name, or leave both out for a name of Pulumi's making")
	}
	if isPatch(string(r.Type), object) {
		return refuse("metadata.name is missing: a patch needs the name of the object that it changes")
	}
	if olds, _ := objectOf(r.Olds); annotated(olds, annotationAutonamed) && olds.GetName() != "" {
		setName(fields, olds.GetName())
		return nil, nil
	}
	if r.Autonaming != nil && r.Autonaming.Mode == plugin.AutonamingModeDisabled {
		return refuse("metadata.name is missing, and the project has switched automatic names off. Set it")
	}
	if r.Autonaming != nil && r.Autonaming.ProposedName != "" {
		setName(fields, r.Autonaming.ProposedName)
		return nil, nil
	}
	made, err := resource.NewUniqueName(r.RandomSeed, r.URN.Name()+"-", 8, 0, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot make a name for %s: %w", r.URN, err)
	}
	setName(fields, made)
	return nil, nil
}

// setName sets a name of our making and marks it as such, so that a replacement may be made beside the old object.
func setName(fields resource.PropertyMap, name string) {
	fields["name"] = resource.NewStringProperty(name)
	annotations := resource.PropertyMap{}
	if given := bare(fields["annotations"]); given.IsObject() {
		annotations = given.ObjectValue().Copy()
	} else if given.IsComputed() {
		return
	}
	annotations[annotationAutonamed] = resource.NewStringProperty("true")
	fields["annotations"] = resource.NewObjectProperty(annotations)
}

// defaultNamespace returns the namespace for an object that names none, or "" where its kind lives in none or that cannot be told yet;
// Create then decides. The cluster is asked only for a kind of a group that is not Kubernetes' own, and only when it is new.
func (p *Provider) defaultNamespace(ctx context.Context, r plugin.CheckRequest, object *unstructured.Unstructured) string {
	gvk := object.GroupVersionKind()
	olds, _ := objectOf(r.Olds)
	namespaced, known := builtInScope(gvk.GroupKind())
	if !known {
		namespaced, known = p.defines(gvk.GroupKind())
	}
	if !known && len(r.Olds) > 0 && olds.GroupVersionKind().GroupKind() == gvk.GroupKind() {
		namespaced, known = olds.GetNamespace() != "", true
	}
	if known && !namespaced {
		return ""
	}
	c, err := p.connect()
	if err != nil {
		// Without a kubeconfig to read, keep what was; a new object's namespace is decided when it is created.
		return olds.GetNamespace()
	}
	if !known {
		found, err := c.kind(ctx, gvk)
		if err != nil || !found.namespaced {
			return ""
		}
	}
	return c.namespace
}
