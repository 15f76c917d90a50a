package kube

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// Update applies the new inputs to an object and waits until it is ready. An object that has gone is made anew.
func (p *Provider) Update(ctx context.Context, r plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	ctx, stop := p.request(ctx)
	defer stop()
	object, unknown := objectOf(r.NewInputs)
	if r.Preview && unknown {
		return plugin.UpdateResponse{Properties: r.NewInputs}, nil
	}
	c, err := p.connect()
	if err != nil {
		if r.Preview && err == errUnknownCluster {
			return plugin.UpdateResponse{Properties: r.NewInputs}, nil
		}
		return plugin.UpdateResponse{Status: resource.StatusOK}, err
	}
	if namespace, _ := parseID(r.ID); object.GetNamespace() == "" && namespace != "" {
		object.SetNamespace(namespace)
	}
	manager := managerOf(object, string(r.Type), r.URN)
	client, live, err := p.change(ctx, c, r, object, manager)
	if err != nil {
		if r.Preview && p.madeLater(object, err) {
			return plugin.UpdateResponse{Properties: r.NewInputs}, nil
		}
		return plugin.UpdateResponse{Status: resource.StatusOK},
			c.refusal(ctx, "update", object, manager, secretTexts(r.NewInputs), err)
	}
	if r.Preview {
		return plugin.UpdateResponse{Properties: outputsOf(live, r.NewInputs)}, nil
	}
	p.hold(live.GetUID(), r.URN)
	live, err = p.settle(ctx, c, client, r.URN, object, live, r.Timeout)
	outputs := outputsOf(live, r.NewInputs)
	if err != nil {
		return plugin.UpdateResponse{Properties: outputs, Status: resource.StatusPartialFailure},
			notReady(idOf(live), outputs, r.NewInputs, err)
	}
	return plugin.UpdateResponse{Properties: outputs, Status: resource.StatusOK}, nil
}

// change applies new inputs. Fields that the program ignores are sent as they are in the cluster, or not at all if others own them.
func (p *Provider) change(
	ctx context.Context, c *cluster, r plugin.UpdateRequest, object *unstructured.Unstructured, manager string,
) (dynamic.ResourceInterface, *unstructured.Unstructured, error) {
	client, err := c.resource(ctx, object)
	if err != nil {
		return nil, nil, err
	}
	if len(r.IgnoreChanges) > 0 {
		live, err := client.Get(ctx, object.GetName(), metav1.GetOptions{})
		if err != nil && !isNotFound(err) {
			return nil, nil, err
		}
		if err == nil {
			if err := keepIgnored(object, live, manager, r.IgnoreChanges); err != nil {
				return nil, nil, err
			}
		}
	}
	a := application{object: object, manager: manager, owner: string(r.URN), force: p.forces(object), dry: r.Preview}
	if isPatch(string(r.Type), object) {
		a.owner = ""
	}
	olds, _ := objectOf(r.OldInputs)
	before := managerOf(olds, string(r.Type), r.URN)
	live, err := apply(ctx, client, a)
	if isConflict(err) && onlyWith(err, before) {
		// The manager was renamed: its own fields under the old name are no one else's.
		a.force = true
		live, err = apply(ctx, client, a)
	}
	if err != nil || r.Preview {
		return client, live, err
	}
	if len(olds.Object) > 0 && before != manager {
		// What the old name still owns would stay for ever.
		if err := relinquish(ctx, client, object, before); err != nil {
			return client, nil, err
		}
	}
	return client, live, nil
}
