package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// Delete deletes an object and waits until it is gone, its dependents first unless the program says otherwise.
func (p *Provider) Delete(ctx context.Context, r plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	ctx, stop := p.request(ctx)
	defer stop()
	inputs, _ := objectOf(r.Inputs)
	object := target(r.Outputs, r.Inputs, r.ID, string(r.Type))
	c, err := p.connect()
	if err == nil {
		err = p.remove(ctx, c, r, inputs, object)
		if err != nil {
			err = c.refusal(ctx, "delete", object, managerOf(inputs, string(r.Type), r.URN), secretTexts(r.Inputs), err)
		}
	}
	if err == nil {
		return plugin.DeleteResponse{Status: resource.StatusOK}, nil
	}
	p.mutex.Lock()
	forget := p.settings.deleteUnreachable
	p.mutex.Unlock()
	if isUnreachable(err) && forget {
		p.warn(ctx, r.URN, fmt.Sprintf("%v. It is forgotten without being deleted, since deleteUnreachable is set", err))
		return plugin.DeleteResponse{Status: resource.StatusOK}, nil
	}
	return plugin.DeleteResponse{Status: resource.StatusUnknown}, err
}

// target returns what finds an object: its kind, namespace and name, from the state as far as it knows them, else from the id.
func target(outputs, inputs resource.PropertyMap, id resource.ID, token string) *unstructured.Unstructured {
	found := &unstructured.Unstructured{Object: map[string]any{}}
	for _, properties := range []resource.PropertyMap{outputs, inputs} {
		known, _ := objectOf(properties)
		if known.GetAPIVersion() != "" && known.GetKind() != "" && found.GetKind() == "" {
			found.SetAPIVersion(known.GetAPIVersion())
			found.SetKind(known.GetKind())
		}
	}
	if found.GetKind() == "" {
		if gvk, err := kindOf(token); err == nil {
			gvk.Kind = strings.TrimSuffix(gvk.Kind, "Patch")
			found.SetGroupVersionKind(gvk)
		}
	}
	namespace, name := parseID(id)
	found.SetName(name)
	found.SetNamespace(namespace)
	return found
}

func (p *Provider) remove(ctx context.Context, c *cluster, r plugin.DeleteRequest, inputs, object *unstructured.Unstructured) error {
	client, err := c.resource(ctx, object)
	if isNoMatch(err) {
		// The definition has gone, and with it all objects of the kind.
		return nil
	}
	if err != nil {
		return err
	}
	if isPatch(string(r.Type), inputs) {
		return releasePatch(ctx, client, object, managerOf(inputs, string(r.Type), r.URN))
	}
	outputs, _ := objectOf(r.Outputs)
	if holder := p.holder(outputs.GetUID()); holder != "" && holder != r.URN {
		p.warn(
			ctx, r.URN, fmt.Sprintf("%s is kept: it is now the object of %s. Give a renamed resource an alias to say so", nameOf(object), holder),
		)
		return nil
	}
	policy := propagationOf(inputs)
	err = client.Delete(ctx, object.GetName(), metav1.DeleteOptions{PropagationPolicy: &policy})
	if isNotFound(err) {
		return nil
	}
	if apierrors.IsConflict(err) {
		// So the API server answers for a namespace whose deletion has begun: an earlier run may have asked for it.
		if live, getErr := client.Get(ctx, object.GetName(), metav1.GetOptions{}); getErr == nil && live.GetDeletionTimestamp() != nil {
			err = nil
		}
	}
	if err != nil || annotated(inputs, annotationSkipAwait) && mayLeave(object) {
		return err
	}
	return p.awaitGone(ctx, client, r, inputs, object)
}

// mayLeave says whether skipAwait also skips waiting for the deletion. As in @pulumi/kubernetes, it does for kinds that always end by
// themselves; for others the wait is what keeps the order of a destroy.
func mayLeave(u *unstructured.Unstructured) bool {
	switch u.GroupVersionKind().Group + "/" + u.GetKind() {
	case "/Namespace", "/Pod", "/ReplicationController", "apps/DaemonSet", "apps/Deployment", "apps/StatefulSet", "batch/Job":
		return true
	}
	return false
}

func releasePatch(ctx context.Context, client dynamic.ResourceInterface, object *unstructured.Unstructured, manager string) error {
	if _, err := client.Get(ctx, object.GetName(), metav1.GetOptions{}); err != nil {
		if isNotFound(err) {
			return nil
		}
		return err
	}
	err := relinquish(ctx, client, object, manager)
	if cause, required := apierrors.StatusCause(err, metav1.CauseTypeFieldValueRequired); required {
		return fmt.Errorf(
			"the patch alone manages %s, which the object must have. Set retainOnDelete, or let something else manage it first", cause.Field,
		)
	}
	return err
}

func (p *Provider) awaitGone(
	ctx context.Context, client dynamic.ResourceInterface, r plugin.DeleteRequest, inputs, object *unstructured.Unstructured,
) error {
	timeout := timeoutOf(r.Timeout, inputs)
	ctx, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	last, err := client.Get(ctx, object.GetName(), metav1.GetOptions{})
	if isNotFound(err) || err == nil && last.GetDeletionTimestamp() == nil {
		// Without a deletion time it is a new object: somebody made it again, and ours is gone.
		return nil
	}
	if err != nil {
		return err
	}
	uid := last.GetUID()
	gone := func(store cache.Store) (bool, error) {
		if len(store.List()) == 0 {
			return true, nil
		}
		return false, nil
	}
	_, err = watchtools.UntilWithSync(ctx, following(client, object.GetName()), &unstructured.Unstructured{}, gone,
		func(event watch.Event) (bool, error) {
			seen, ok := event.Object.(*unstructured.Unstructured)
			if !ok {
				return false, nil
			}
			if event.Type == watch.Deleted || seen.GetUID() != uid {
				return true, nil
			}
			last = seen
			p.status(ctx, r.URN, "Waiting until it is gone: "+holds(seen))
			return false, nil
		})
	switch {
	case err == nil:
		return nil
	case p.ctx.Err() != nil:
		return context.Canceled
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("it is being deleted, but still there after %s: %s. "+
			"Remove what holds it, or wait longer with the resource option customTimeouts or the annotation %s",
			timeout, holds(last), annotationTimeoutSeconds)
	default:
		return err
	}
}

// holds says what keeps an object from going away.
func holds(u *unstructured.Unstructured) string {
	if u == nil {
		return "nothing was heard of it"
	}
	var reasons []string
	if finalizers := u.GetFinalizers(); len(finalizers) > 0 {
		reasons = append(reasons, "finalizers "+strings.Join(finalizers, ", "))
	}
	if inner, _, _ := unstructured.NestedStringSlice(u.Object, "spec", "finalizers"); len(inner) > 0 && u.GetKind() == "Namespace" {
		reasons = append(reasons, "namespace finalizers "+strings.Join(inner, ", "))
	}
	for _, name := range []string{
		"NamespaceDeletionDiscoveryFailure", "NamespaceDeletionContentFailure", "NamespaceContentRemaining", "NamespaceFinalizersRemaining",
	} {
		if status, _, message := condition(u, name); status == "True" {
			reasons = append(reasons, message)
		}
	}
	if grace := u.GetDeletionGracePeriodSeconds(); grace != nil && *grace > 0 {
		reasons = append(reasons, fmt.Sprintf("a grace period of %d s", *grace))
	}
	if len(reasons) == 0 {
		return "no finalizer is left"
	}
	return strings.Join(reasons, "; ")
}
