package kube

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// application is one server-side apply of an object.
type application struct {
	object  *unstructured.Unstructured
	manager string
	// owner is the resource that the object belongs to, written on it so that a create that was killed half-way can be taken up again;
	// empty for a patch of somebody else's object.
	owner string
	// force takes over fields that other managers own.
	force bool
	dry   bool
}

// apply sends an object as a server-side apply in which unknown and doubled fields are errors, and returns it as the cluster then has it.
func apply(ctx context.Context, client dynamic.ResourceInterface, a application) (*unstructured.Unstructured, error) {
	sent := withData(a.object).DeepCopy()
	// A resource version would make the apply conditional on nobody having written since; states of client-side apply carry one.
	sent.SetResourceVersion("")
	sent.SetManagedFields(nil)
	if a.owner != "" {
		annotate(sent, annotationOwner, a.owner)
	}
	body, err := json.Marshal(sent.Object)
	if err != nil {
		return nil, err
	}
	options := metav1.PatchOptions{FieldManager: a.manager, FieldValidation: metav1.FieldValidationStrict, Force: &a.force}
	if a.dry {
		options.DryRun = []string{metav1.DryRunAll}
	}
	return client.Patch(ctx, sent.GetName(), types.ApplyPatchType, body, options)
}

// relinquish gives up every field that a manager owns of an object. Fields that nobody else owns go away.
func relinquish(ctx context.Context, client dynamic.ResourceInterface, object *unstructured.Unstructured, manager string) error {
	empty := &unstructured.Unstructured{}
	empty.SetGroupVersionKind(object.GroupVersionKind())
	empty.SetName(object.GetName())
	empty.SetNamespace(object.GetNamespace())
	_, err := apply(ctx, client, application{object: empty, manager: manager, force: true})
	return err
}

// forces says whether an apply takes over fields of other managers.
func (p *Provider) forces(object *unstructured.Unstructured) bool {
	if value, has := object.GetAnnotations()[annotationPatchForce]; has {
		return value == "true"
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.settings.patchForce
}
