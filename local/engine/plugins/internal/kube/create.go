package kube

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

const (
	// definitionWait is how long a create waits for a kind or namespace that the same update makes.
	definitionWait = 60 * time.Second
	// grantWait is how long a create waits for a right that the same update has bound.
	grantWait = 10 * time.Second
)

// Create applies a new object and waits until it is ready. An object that exists already is taken over only if this resource made it, in
// an update that was killed before the engine could note it; anything else is an error.
func (p *Provider) Create(ctx context.Context, r plugin.CreateRequest) (plugin.CreateResponse, error) {
	ctx, stop := p.request(ctx)
	defer stop()
	object, unknown := objectOf(r.Properties)
	if r.Preview && unknown {
		return plugin.CreateResponse{Properties: r.Properties}, nil
	}
	c, err := p.connect()
	if err != nil {
		if r.Preview && err == errUnknownCluster {
			return plugin.CreateResponse{Properties: r.Properties}, nil
		}
		return plugin.CreateResponse{Status: resource.StatusOK}, err
	}
	manager := managerOf(object, string(r.Type), r.URN)
	client, live, err := p.make(ctx, c, r, object, manager)
	if err != nil {
		if r.Preview && (p.madeLater(object, err) || isNotFound(err) && isPatch(string(r.Type), object)) {
			p.binds(object)
			return plugin.CreateResponse{Properties: r.Properties}, nil
		}
		return plugin.CreateResponse{Status: resource.StatusOK},
			c.refusal(ctx, "create", object, manager, secretTexts(r.Properties), err)
	}
	p.binds(live)
	if r.Preview {
		return plugin.CreateResponse{Properties: previewOf(live, r.Properties)}, nil
	}
	p.hold(live.GetUID(), r.URN)
	live, err = p.settle(ctx, c, client, r.URN, object, live, r.Timeout)
	outputs := outputsOf(live, r.Properties)
	if err != nil {
		return plugin.CreateResponse{Status: resource.StatusPartialFailure}, notReady(idOf(live), outputs, r.Properties, err)
	}
	return plugin.CreateResponse{ID: idOf(live), Properties: outputs, Status: resource.StatusOK}, nil
}

// settle waits for what an applied object must become.
func (p *Provider) settle(
	ctx context.Context, c *cluster, client dynamic.ResourceInterface, urn resource.URN, inputs, live *unstructured.Unstructured,
	seconds float64,
) (*unstructured.Unstructured, error) {
	waits, err := waitsFor(inputs, live)
	if err != nil || len(waits) == 0 {
		return live, err
	}
	timeout := timeoutOf(seconds, inputs)
	live, err = p.await(ctx, c, client, urn, live, waits, timeout)
	if err == nil && isDefinition(live) {
		err = c.awaitServed(ctx, live, timeout)
	}
	return live, err
}

// make applies a new object. Where its kind or namespace is only being made by another resource of this update, it waits for it.
func (p *Provider) make(
	ctx context.Context, c *cluster, r plugin.CreateRequest, object *unstructured.Unstructured, manager string,
) (dynamic.ResourceInterface, *unstructured.Unstructured, error) {
	start := time.Now()
	for pause := 100 * time.Millisecond; ; pause = min(pause*2, 2*time.Second) {
		client, live, err := p.makeOnce(ctx, c, r, object, manager)
		patience, awaited := definitionWait, "its kind or namespace, which this update makes"
		if apierrors.IsForbidden(err) {
			patience, awaited = grantWait, "the right to make it, which this update has bound"
		}
		if err == nil || r.Preview || !p.madeLater(object, err) || time.Since(start) > patience {
			return client, live, err
		}
		p.status(ctx, r.URN, "Waiting for "+awaited)
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (p *Provider) makeOnce(
	ctx context.Context, c *cluster, r plugin.CreateRequest, object *unstructured.Unstructured, manager string,
) (dynamic.ResourceInterface, *unstructured.Unstructured, error) {
	client, err := c.resource(ctx, object)
	if err != nil {
		return nil, nil, err
	}
	a := application{object: object, manager: manager, owner: string(r.URN), force: p.forces(object), dry: r.Preview}
	existing, err := client.Get(ctx, object.GetName(), metav1.GetOptions{})
	switch {
	case isPatch(string(r.Type), object):
		a.owner = ""
		if err != nil {
			return nil, nil, err
		}
	case isNotFound(err):
	case err != nil:
		return nil, nil, err
	default:
		if err := p.mayAdopt(existing, r.URN); err != nil {
			return nil, nil, err
		}
		// What a killed create left behind is ours, whoever else has written to it since.
		a.force = a.force || existing.GetAnnotations()[annotationOwner] == string(r.URN)
	}
	live, err := apply(ctx, client, a)
	if r.Preview && existing != nil && existing.GetUID() != "" && apierrors.IsInvalid(err) {
		// The preview of a replacement: the old object still stands where the new one will, and cannot become it.
		return client, object, nil
	}
	return client, live, err
}

// mayAdopt refuses to create over an object that is not a left-over of this resource's own creation.
func (p *Provider) mayAdopt(existing *unstructured.Unstructured, urn resource.URN) error {
	owner := existing.GetAnnotations()[annotationOwner]
	p.mutex.Lock()
	upsert := p.settings.upsert
	p.mutex.Unlock()
	if upsert || owner == string(urn) || p.holder(existing.GetUID()) == urn {
		return nil
	}
	whose := ""
	if owner != "" {
		whose = fmt.Sprintf(" It belongs to the Pulumi resource %s: if that is this resource under its old name, give this one an alias.", owner)
	} else if managers := managersOf(existing); len(managers) > 0 {
		whose = " It is managed by " + strings.Join(managers, ", ") + "."
	}
	return fmt.Errorf("it exists already.%s Import it (pulumi import %s %s %s), choose another name, "+
		"or set upsertExistingObjects on the provider to take over what exists", whose, urn.Type(), urn.Name(), idOf(existing))
}

func managersOf(u *unstructured.Unstructured) []string {
	var names []string
	for _, entry := range u.GetManagedFields() {
		names = append(names, fmt.Sprintf("%q", entry.Manager))
	}
	return names
}

// madeLater says whether an error is due only to a kind or namespace that this run declares but has not made yet, or may be due to a right
// that it has bound.
func (p *Provider) madeLater(object *unstructured.Unstructured, err error) bool {
	if apierrors.IsForbidden(err) {
		return p.grantedLater(object.GetNamespace())
	}
	if isNoMatch(err) {
		_, defined := p.defines(object.GroupVersionKind().GroupKind())
		return defined
	}
	namespace := missingNamespace(err)
	return namespace != "" && p.declaresNamespace(namespace)
}
