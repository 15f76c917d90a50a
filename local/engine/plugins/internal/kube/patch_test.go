package kube

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const secretPatchToken = "kubernetes:core/v1:SecretPatch"

// patchSecret declares one secret entry of a Secret that somebody else made.
func (f *fixture) patchSecret(name, key, value string) resourceState {
	f.t.Helper()
	metadata := map[string]any{"name": "shared", "namespace": f.namespace, "annotations": map[string]any{annotationPatchForce: "true"}}
	checked := f.check(secretPatchToken, name, map[string]any{"metadata": metadata}, nil)
	checked["stringData"] = resource.NewObjectProperty(resource.PropertyMap{
		resource.PropertyKey(key): resource.MakeSecret(resource.NewStringProperty(value)),
	})
	urn := urnOf(secretPatchToken, name)
	made, err := f.Create(f.t.Context(), plugin.CreateRequest{URN: urn, Name: name, Type: urn.Type(), Properties: checked})
	if err != nil {
		f.t.Fatal(err)
	}
	return resourceState{token: secretPatchToken, urn: urn, id: made.ID, inputs: checked, outputs: made.Properties}
}

// entries returns what a Secret holds, decoded.
func (f *fixture) entries(name string) map[string]string {
	f.t.Helper()
	live, err := f.get("v1", "secrets", name)
	if err != nil {
		f.t.Fatal(err)
	}
	data, _, _ := unstructured.NestedStringMap(live.Object, "data")
	for key, value := range data {
		decoded, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			f.t.Fatal(err)
		}
		data[key] = string(decoded)
	}
	return data
}

func (f *fixture) putShared() {
	f.put("v1", "secrets", f.namespace, map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "shared"}, "stringData": map[string]any{"theirs": "1"},
	})
}

func TestTwoPatchesOfOneSecretLeaveEachOtherAlone(t *testing.T) {
	f := newFixture(t, nil)
	f.putShared()
	one := f.patchSecret("one", "one", canary)
	f.patchSecret("two", "two", "another")
	if data := f.entries("shared"); len(data) != 3 || data["one"] != canary || data["two"] != "another" {
		t.Errorf("the entries are %d", len(data))
	}
	if err := f.tryDelete(one, 0); err != nil {
		t.Fatal(err)
	}
	if data := f.entries("shared"); len(data) != 2 || data["theirs"] != "1" || data["two"] != "another" {
		t.Errorf("after one patch was deleted %d entries are left", len(data))
	}
}

func TestAPatchOfASecretIsSecretInTheStateAndSoIsWhatItFound(t *testing.T) {
	f := newFixture(t, nil)
	f.put("v1", "secrets", f.namespace, map[string]any{
		"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "shared"},
		"stringData": map[string]any{"theirs": "canary-of-theirs"},
	})
	made := f.patchSecret("one", "one", canary)
	for _, value := range []string{canary, "canary-of-theirs"} {
		for _, spelling := range []string{value, base64.StdEncoding.EncodeToString([]byte(value))} {
			if strings.Contains(openTexts(made.outputs), spelling) {
				t.Error("a value is open in the outputs")
			}
		}
	}
}

func TestAPatchOfASecretChangesInPlace(t *testing.T) {
	f := newFixture(t, nil)
	f.putShared()
	made := f.patchSecret("one", "one", canary)
	metadata := map[string]any{"name": "shared", "namespace": f.namespace, "annotations": map[string]any{annotationPatchForce: "true"}}
	wanted := map[string]any{"metadata": metadata, "stringData": map[string]any{"other": "2"}}
	if answer, _ := f.diff(made, wanted); len(answer.ReplaceKeys) > 0 {
		t.Errorf("it would be replaced for %v", answer.ReplaceKeys)
	}
	f.update(made, wanted)
	if data := f.entries("shared"); len(data) != 2 || data["other"] != "2" || data["theirs"] != "1" {
		t.Errorf("%d entries are left", len(data))
	}
}
