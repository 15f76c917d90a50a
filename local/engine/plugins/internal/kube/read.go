package kube

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// Read returns the live object, for refresh (inputs that show what was changed behind the program's back), for import and for get.
// An object that has gone, with or without its definition, is returned as nothing.
func (p *Provider) Read(ctx context.Context, r plugin.ReadRequest) (plugin.ReadResponse, error) {
	ctx, stop := p.request(ctx)
	defer stop()
	object := target(r.State, r.Inputs, r.ID, string(r.Type))
	if object.GetKind() == "" || object.GetName() == "" {
		return plugin.ReadResponse{}, fmt.Errorf(
			"%s cannot be read by the id %q: it must be namespace/name, or the name of what has no namespace", r.Type, r.ID,
		)
	}
	gone := plugin.ReadResponse{Status: resource.StatusOK}
	c, err := p.connect()
	if err != nil {
		return plugin.ReadResponse{Status: resource.StatusUnknown}, err
	}
	client, live, err := find(ctx, c, object)
	switch {
	case isNoMatch(err) || isNotFound(err) || apierrors.IsForbidden(err) && c.lacksNamespace(ctx, object):
		return gone, nil
	case err != nil:
		return p.unread(ctx, c, r, object, err)
	}
	p.hold(live.GetUID(), r.URN)
	inputs := r.Inputs
	if len(inputs) == 0 {
		inputs = importedInputs(live)
	} else {
		inputs = p.drift(ctx, client, r, live)
	}
	outputs := outputsOf(live, r.Inputs)
	copySecrets(inputs, r.Inputs)
	result := plugin.ReadResponse{
		ReadResult: plugin.ReadResult{ID: idOf(live), Inputs: inputs, Outputs: outputs}, Status: resource.StatusOK,
	}
	wanted, _ := objectOf(r.Inputs)
	if judge := readiness(live); judge != nil && len(r.Inputs) > 0 && !annotated(wanted, annotationSkipAwait) &&
		wanted.GetAnnotations()[annotationWaitFor] == "" && !c.bindsLater(ctx, live) {
		if v := judge(live); !v.met {
			return result, notReady(idOf(live), outputs, inputs, fmt.Errorf("%s is not ready: %s", nameOf(live), v.message))
		}
	}
	return result, nil
}

// lacksNamespace says whether the namespace of an object is known to be gone, and with it the object: rights that were bound in it went
// too, so the API server forbids to look for the object itself.
func (c *cluster) lacksNamespace(ctx context.Context, object *unstructured.Unstructured) bool {
	if object.GetNamespace() == "" {
		return false
	}
	namespace := &unstructured.Unstructured{}
	namespace.SetAPIVersion("v1")
	namespace.SetKind("Namespace")
	namespace.SetName(object.GetNamespace())
	_, _, err := find(ctx, c, namespace)
	return isNotFound(err)
}

func find(
	ctx context.Context, c *cluster, object *unstructured.Unstructured,
) (dynamic.ResourceInterface, *unstructured.Unstructured, error) {
	client, err := c.resource(ctx, object)
	if err != nil {
		return nil, nil, err
	}
	live, err := client.Get(ctx, object.GetName(), metav1.GetOptions{})
	return client, live, err
}

// unread answers a read that the cluster did not: the settings may say to forget the object or to believe the state.
func (p *Provider) unread(
	ctx context.Context, c *cluster, r plugin.ReadRequest, object *unstructured.Unstructured, err error,
) (plugin.ReadResponse, error) {
	err = c.refusal(ctx, "read", object, defaultFieldManager, secretTexts(r.Inputs), err)
	p.mutex.Lock()
	s := p.settings
	p.mutex.Unlock()
	if isUnreachable(err) && s.deleteUnreachable {
		p.warn(ctx, r.URN, fmt.Sprintf("%v. It is forgotten, since deleteUnreachable is set", err))
		return plugin.ReadResponse{Status: resource.StatusOK}, nil
	}
	if isUnreachable(err) && s.skipUpdateUnreachable {
		p.warn(ctx, r.URN, fmt.Sprintf("%v. The state is kept as it is, since skipUpdateUnreachable is set", err))
		return plugin.ReadResponse{
			ReadResult: plugin.ReadResult{ID: r.ID, Inputs: r.Inputs, Outputs: r.State}, Status: resource.StatusOK,
		}, nil
	}
	return plugin.ReadResponse{Status: resource.StatusUnknown}, err
}

// drift returns the inputs that the live object amounts to. A dry run of the inputs tells what is theirs and how the server writes it; who
// may not run one is told by the state, which holds what the last apply made.
func (p *Provider) drift(
	ctx context.Context, client dynamic.ResourceInterface, r plugin.ReadRequest, live *unstructured.Unstructured,
) resource.PropertyMap {
	wanted, _ := objectOf(r.Inputs)
	wanted.SetNamespace(live.GetNamespace())
	wanted.SetName(live.GetName())
	owner := live.GetAnnotations()[annotationOwner]
	applied, err := apply(ctx, client, application{
		object: wanted, manager: managerOf(wanted, string(r.Type), r.URN), owner: owner, force: true, dry: true,
	})
	if err != nil {
		applied, _ = objectOf(r.State)
		if applied.GetName() == "" {
			return r.Inputs
		}
	}
	return driftedInputs(r.Inputs, applied, live)
}

// importedInputs returns inputs for an object that no program has described yet: all of it but what the server writes.
func importedInputs(live *unstructured.Unstructured) resource.PropertyMap {
	fields := &unstructured.Unstructured{Object: content(live)}
	for _, annotation := range []string{annotationLastApplied, annotationDeploymentsRevision} {
		unstructured.RemoveNestedField(fields.Object, "metadata", "annotations", annotation)
	}
	if len(fields.GetAnnotations()) == 0 {
		unstructured.RemoveNestedField(fields.Object, "metadata", "annotations")
	}
	return propertiesOf(fields.Object)
}
