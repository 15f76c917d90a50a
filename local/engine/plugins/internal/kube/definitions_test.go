package kube

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

func TestDefinitionsAreSentWithTheirExtensionsAndTheirObjectsWaitForThem(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(definitionToken, "widgets", definition("widgets", "Widget", "Namespaced"))
	t.Cleanup(func() { _ = f.tryDelete(made, 0) })
	if preserve := nested(
		made.outputs, "spec", "versions", 0, "schema", "openAPIV3Schema", "properties", "status", "x_kubernetes_preserve_unknown_fields",
	); !preserve.IsBool() {
		t.Errorf("the extension did not come back as the SDK writes it: %v", preserve)
	}
	widget := f.create("kubernetes:example.test/v1:Widget", "w", map[string]any{
		"metadata": map[string]any{"name": "w", "namespace": f.namespace}, "spec": map[string]any{
			"size": 3, "any": map[string]any{"deep": []any{1, "two"}},
		},
	})
	if size := nested(widget.outputs, "spec", "size"); !size.IsNumber() || size.NumberValue() != 3 {
		t.Errorf("size is %v", size)
	}
}

func TestAnObjectIsMadeAfterTheKindAndNamespaceThatTheSameRunDeclares(t *testing.T) {
	f := newFixture(t, nil)
	later := f.namespace + "-later"
	gadgets := f.check(definitionToken, "gadgets", definition("gadgets", "Gadget", "Namespaced"), nil)
	space := f.check(namespaceToken, "later", map[string]any{"metadata": map[string]any{"name": later}}, nil)
	inputs := map[string]any{"metadata": map[string]any{"name": "g", "namespace": later}, "spec": map[string]any{"size": 1}}
	token := "kubernetes:example.test/v1:Gadget"
	if previewed, err := f.tryCreate(token, "g", inputs, true); err != nil {
		t.Fatalf("the preview fails: %v", err)
	} else if size := nested(previewed.outputs, "spec", "size"); !size.IsNumber() {
		t.Errorf("the preview shows %v", previewed.outputs)
	}
	result := make(chan error, 1)
	go func() {
		checked := f.check(token, "g", inputs, nil)
		_, err := f.Create(t.Context(), plugin.CreateRequest{URN: urnOf(token, "g"), Type: urnOf(token, "g").Type(), Properties: checked})
		result <- err
	}()
	<-f.host.said
	urn := urnOf(definitionToken, "gadgets")
	made, err := f.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: gadgets})
	if err != nil {
		t.Fatal(err)
	}
	urn = urnOf(namespaceToken, "later")
	if _, err := f.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: space}); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
	_ = f.tryDelete(
		resourceState{token: definitionToken, urn: urnOf(definitionToken, "gadgets"), id: made.ID, inputs: gadgets, outputs: made.Properties},
		0,
	)
}
