package kube

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const canary = "canary-71c4e0"

// openTexts returns everything in properties that is not inside a secret, as one text.
func openTexts(properties resource.PropertyMap) string {
	var open func(v resource.PropertyValue) any
	open = func(v resource.PropertyValue) any {
		switch {
		case v.IsSecret():
			return "secret"
		case v.IsObject():
			out := map[string]any{}
			for key, item := range v.ObjectValue() {
				out[string(key)] = open(item)
			}
			return out
		case v.IsArray():
			var out []any
			for _, item := range v.ArrayValue() {
				out = append(out, open(item))
			}
			return out
		default:
			return v.V
		}
	}
	text, err := json.Marshal(open(resource.NewObjectProperty(properties)))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestASecretReachesTheClusterAndStaysSecretInTheState(t *testing.T) {
	f := newFixture(t, nil)
	checked := f.check(secretToken, "token", map[string]any{"metadata": map[string]any{"name": "token", "namespace": f.namespace}}, nil)
	checked["stringData"] = resource.NewObjectProperty(resource.PropertyMap{
		"password": resource.MakeSecret(resource.NewStringProperty(canary)), "user": resource.NewStringProperty("robot"),
	})
	urn := urnOf(secretToken, "token")
	made, err := f.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: checked})
	if err != nil {
		t.Fatal(err)
	}
	live, _ := f.get("v1", "secrets", "token")
	data, _, _ := unstructured.NestedStringMap(live.Object, "data")
	if decoded, _ := base64.StdEncoding.DecodeString(data["password"]); string(decoded) != canary {
		t.Errorf("the cluster holds %q", decoded)
	}
	text := openTexts(made.Properties)
	if strings.Contains(text, canary) || strings.Contains(
		text, base64.StdEncoding.EncodeToString([]byte(canary)),
	) || strings.Contains(text, "robot") {
		t.Errorf("the state shows it: %s", text)
	}
}

func TestCheckMarksTheDataOfASecretAlsoWhenTheProgramDidNot(t *testing.T) {
	urn := urnOf(secretToken, "token")
	given := resource.NewPropertyMapFromMap(map[string]any{
		"metadata": map[string]any{"name": "token", "namespace": "default"},
		"data":     map[string]any{"a": "Yg=="}, "stringData": map[string]any{"c": "d"},
	})
	answer, err := New(nil).Check(t.Context(), plugin.CheckRequest{URN: urn, Type: urn.Type(), News: given})
	if err != nil {
		t.Fatal(err)
	}
	if !answer.Properties["data"].IsSecret() || !answer.Properties["stringData"].IsSecret() {
		t.Errorf("the inputs are %v", answer.Properties)
	}
}

func TestASecretInAnyFieldIsSecretWhereverTheClusterRepeatsIt(t *testing.T) {
	inputs := resource.NewPropertyMapFromMap(map[string]any{"apiVersion": "example.test/v1", "kind": "Thing"})
	inputs["spec"] = resource.NewObjectProperty(resource.PropertyMap{
		"list": resource.NewArrayProperty([]resource.PropertyValue{
			resource.NewObjectProperty(resource.PropertyMap{"value": resource.MakeSecret(resource.NewStringProperty(canary))}),
		}),
		"short": resource.MakeSecret(resource.NewStringProperty("on")),
	})
	live := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "example.test/v1", "kind": "Thing",
		"metadata": map[string]any{
			"name":          "t",
			"annotations":   map[string]any{annotationLastApplied: `{"spec":"` + canary + `"}`, "other": "on"},
			"managedFields": []any{map[string]any{"manager": "m", "fieldsV1": map[string]any{"v:" + canary: map[string]any{}}}},
		},
		"spec":   map[string]any{"list": []any{map[string]any{"value": canary}}, "short": "on"},
		"status": map[string]any{"seen": "value=" + canary, "encoded": base64.StdEncoding.EncodeToString([]byte(canary))},
	}}
	outputs := outputsOf(live, inputs)
	text := openTexts(outputs)
	if strings.Contains(text, canary) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(canary))) {
		t.Errorf("the state shows it: %s", text)
	}
	if nested(
		outputs, "metadata", "annotations", "other",
	).IsNull() || outputs["metadata"].ObjectValue()["annotations"].ObjectValue()["other"].IsSecret() {
		t.Error("a short secret has marked an unrelated field")
	}
	if !outputs["spec"].ObjectValue()["short"].IsSecret() || !nested(outputs, "metadata", "managedFields").IsNull() ||
		!nested(outputs, "metadata", "annotations", annotationLastApplied).IsNull() {
		t.Errorf("the outputs are %v", outputs)
	}
}

func TestAKeyTakenOutOfStringDataLeavesTheCluster(t *testing.T) {
	f := newFixture(t, map[string]any{"enableSecretMutable": true})
	inputs := func(texts map[string]any) map[string]any {
		return map[string]any{"metadata": map[string]any{"name": "token", "namespace": f.namespace}, "stringData": texts}
	}
	made := f.create(secretToken, "token", inputs(map[string]any{"a": "1", "b": "2"}))
	f.update(made, inputs(map[string]any{"a": "1"}))
	live, _ := f.get("v1", "secrets", "token")
	if data, _, _ := unstructured.NestedStringMap(live.Object, "data"); len(data) != 1 {
		t.Errorf("the keys are %v", data)
	}
}
