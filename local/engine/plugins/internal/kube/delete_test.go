package kube

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	watchtools "k8s.io/client-go/tools/watch"
)

func TestDeleteWaitsUntilTheObjectIsGone(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(configMapToken, "app", configMap("app", f.namespace, nil))
	f.edit("v1", "configmaps", "app", `{"metadata":{"finalizers":["example.test/hold"]}}`)
	finished := make(chan error, 1)
	go func() { finished <- f.tryDelete(made, time.Minute) }()
	for text := range f.host.said {
		if text != "" {
			break
		}
	}
	select {
	case err := <-finished:
		t.Fatalf("it did not wait: %v", err)
	default:
	}
	f.edit("v1", "configmaps", "app", `{"metadata":{"finalizers":null}}`)
	if err := <-finished; err != nil {
		t.Fatal(err)
	}
	if _, err := f.get("v1", "configmaps", "app"); !isNotFound(err) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestADeleteThatIsHeldNamesTheFinalizerWhenTimeIsUp(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(configMapToken, "app", configMap("app", f.namespace, nil))
	f.edit("v1", "configmaps", "app", `{"metadata":{"finalizers":["example.test/hold"]}}`)
	err := f.tryDelete(made, 500*time.Millisecond)
	mustSay(t, err, "finalizers", "example.test/hold", "500ms", "customTimeouts", f.namespace+"/app")
	f.edit("v1", "configmaps", "app", `{"metadata":{"finalizers":null}}`)
}

func TestANamespaceThatIsStuckSaysWhatIsLeftInIt(t *testing.T) {
	f := newFixture(t, nil)
	inner := f.namespace + "-in"
	made := f.create(namespaceToken, "inner", map[string]any{"metadata": map[string]any{"name": inner}})
	f.put("v1", "configmaps", inner, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "stuck", "finalizers": []any{"example.test/hold"}},
	})
	// An earlier run has begun the deletion, and the controller has found out what is left.
	if err := f.raw("v1", "namespaces", "").Delete(t.Context(), inner, deleteNow); err != nil {
		t.Fatal(err)
	}
	_, err := watchtools.UntilWithSync(t.Context(), following(f.raw("v1", "namespaces", ""), inner), &unstructured.Unstructured{}, nil,
		func(event watch.Event) (bool, error) {
			status, _, _ := condition(event.Object.(*unstructured.Unstructured), "NamespaceFinalizersRemaining")
			return status == "True", nil
		})
	if err != nil {
		t.Fatal(err)
	}
	mustSay(
		t, f.tryDelete(made, time.Second), inner, "example.test/hold in 1 resource instances", "configmaps. has 1 resource instances",
		"after 1s",
	)
	if _, err := f.raw("v1", "configmaps", inner).Patch(
		t.Context(), "stuck", mergePatch, []byte(`{"metadata":{"finalizers":null}}`), patchOptions,
	); err != nil {
		t.Fatal(err)
	}
}

func TestDeletingWhatHasGoneSucceeds(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(configMapToken, "app", configMap("app", f.namespace, nil))
	for range 2 {
		if err := f.tryDelete(made, 0); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDeletingAnObjectWhoseDefinitionHasGoneSucceeds(t *testing.T) {
	f := newFixture(t, nil)
	kind := f.create(definitionToken, "leaves", definition("leaves", "Leaf", "Namespaced"))
	leaf := f.create("kubernetes:example.test/v1:Leaf", "l", map[string]any{"metadata": map[string]any{"name": "l", "namespace": f.namespace}})
	if err := f.tryDelete(kind, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.anew().tryDelete(leaf, 0); err != nil {
		t.Error(err)
	}
}

func TestDeletionPropagation(t *testing.T) {
	for policy, dependentStays := range map[string]bool{"orphan": true, "foreground": false} {
		t.Run(policy, func(t *testing.T) {
			f := newFixture(t, nil)
			inputs := configMap("owner", f.namespace, nil)
			inputs["metadata"].(map[string]any)["annotations"] = map[string]any{annotationPropagation: policy}
			made := f.create(configMapToken, "owner", inputs)
			owner, _ := objectOf(made.outputs)
			f.put("v1", "configmaps", f.namespace, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{
				"name": "dependent", "ownerReferences": []any{map[string]any{
					"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": string(owner.GetUID()), "blockOwnerDeletion": true,
				}},
			}})
			if err := f.tryDelete(made, time.Minute); err != nil {
				t.Fatal(err)
			}
			if _, err := f.get("v1", "configmaps", "dependent"); isNotFound(err) == dependentStays {
				t.Errorf("after the deletion the dependent reads as %v", err)
			}
		})
	}
}

func TestSkipAwaitOnANamespaceDoesNotWaitForItsEnd(t *testing.T) {
	f := newFixture(t, nil)
	inner := f.namespace + "-in"
	made := f.create(namespaceToken, "inner", map[string]any{
		"metadata": map[string]any{"name": inner, "annotations": map[string]any{annotationSkipAwait: "true"}},
	})
	f.put("v1", "configmaps", inner, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "stuck", "finalizers": []any{"example.test/hold"}},
	})
	if err := f.tryDelete(made, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := f.raw("v1", "configmaps", inner).Patch(
		t.Context(), "stuck", mergePatch, []byte(`{"metadata":{"finalizers":null}}`), patchOptions,
	); err != nil {
		t.Fatal(err)
	}
}

func TestCancellationEndsADeleteThatWaits(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(configMapToken, "app", configMap("app", f.namespace, nil))
	f.edit("v1", "configmaps", "app", `{"metadata":{"finalizers":["example.test/hold"]}}`)
	finished := make(chan error, 1)
	go func() { finished <- f.tryDelete(made, time.Minute) }()
	<-f.host.said
	if err := f.SignalCancellation(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustSay(t, <-finished, "delete", "was cancelled")
	f.edit("v1", "configmaps", "app", `{"metadata":{"finalizers":null}}`)
}

func TestHoldsReadsAGracePeriod(t *testing.T) {
	u := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"deletionGracePeriodSeconds": int64(30)}}}
	if text := holds(u); text != "a grace period of 30 s" {
		t.Error(text)
	}
}
