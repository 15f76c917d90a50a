package kube

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

func TestAnUntouchedObjectHasNoDrift(t *testing.T) {
	f := newFixture(t, nil)
	kind := f.create(definitionToken, "plates", definition("plates", "Plate", "Cluster"))
	t.Cleanup(func() { _ = f.tryDelete(kind, 0) })
	plate := f.create("kubernetes:example.test/v1:Plate", "plate", map[string]any{
		"metadata": map[string]any{"name": "plate-" + shortHash(t.Name())}, "spec": map[string]any{
			"items": []any{"a", "b"}, "any": map[string]any{},
		},
	})
	t.Cleanup(func() { _ = f.tryDelete(plate, 0) })
	service := map[string]any{
		"metadata": map[string]any{"name": "web", "namespace": f.namespace},
		"spec":     map[string]any{"selector": map[string]any{"app": "web"}, "ports": []any{map[string]any{"port": 80, "targetPort": "http"}}},
	}
	for _, made := range []resourceState{
		kind, plate,
		f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1)),
		f.create("kubernetes:core/v1:Service", "web", service),
		f.create(secretToken, "token", map[string]any{
			"metadata": map[string]any{"name": "token", "namespace": f.namespace}, "stringData": map[string]any{"password": "correct horse"},
		}),
	} {
		if drifted := f.drifted(made); len(drifted) != 0 {
			t.Errorf("%s has drifted without being touched: %v", made.token, drifted)
		}
	}
}

func TestAChangeBehindOurBackIsDrift(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	f.edit("apps/v1", "deployments", "web", `{"spec":{"replicas":4}}`)
	drifted := f.drifted(made)
	if len(drifted) != 1 || drifted["spec.replicas"].Kind != plugin.DiffUpdate {
		t.Errorf("the drift is %v", drifted)
	}
	read := f.refresh(made)
	if is := nested(read.Inputs, "spec", "replicas"); is.NumberValue() != 4 {
		t.Errorf("the inputs say %v", is)
	}
}

func TestARemovalBehindOurBackIsDrift(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(configMapToken, "app", configMap("app", f.namespace, map[string]any{"a": "1", "b": "2"}))
	f.edit("v1", "configmaps", "app", `{"data":{"b":null}}`)
	if drifted := f.drifted(made); len(drifted) != 1 || !strings.HasPrefix(drifted["data.b"].Kind.String(), "add") {
		t.Errorf("the drift is %v", drifted)
	}
}

func TestAChangeDeepInAListIsDriftThereAndNowhereElse(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	f.edit("apps/v1", "deployments", "web",
		`{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"example.test/app:2","resources":{"requests":{"cpu":"1"}}}]}}}}`)
	drifted := f.drifted(made)
	if _, has := drifted["spec.template.spec.containers[0].image"]; len(drifted) != 1 || !has {
		t.Errorf("the drift is %v", drifted)
	}
}

func TestAnItemAddedToAListOfOursIsDrift(t *testing.T) {
	f := newFixture(t, nil)
	kind := f.create(definitionToken, "lists", definition("lists", "Listing", "Namespaced"))
	t.Cleanup(func() { _ = f.tryDelete(kind, 0) })
	made := f.create("kubernetes:example.test/v1:Listing", "l", map[string]any{
		"metadata": map[string]any{"name": "l", "namespace": f.namespace}, "spec": map[string]any{"items": []any{"a"}},
	})
	f.edit("example.test/v1", "lists", "l", `{"spec":{"items":["a","b"]}}`)
	if drifted := f.drifted(made); len(drifted) != 1 {
		t.Errorf("the drift is %v", drifted)
	}
}

func TestWhatOthersAddBesideOursIsNoDrift(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	f.edit("apps/v1", "deployments", "web", `{"metadata":{"labels":{"theirs":"1"},"annotations":{"theirs":"1"}},"spec":{"paused":true}}`)
	f.edit("apps/v1", "deployments", "web", `{"status":{"replicas":1}}`, "status")
	if drifted := f.drifted(made); len(drifted) != 0 {
		t.Errorf("the drift is %v", drifted)
	}
}

func TestDriftInASecretIsShownAndStaysSecret(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(secretToken, "token", map[string]any{
		"metadata": map[string]any{"name": "token", "namespace": f.namespace}, "stringData": map[string]any{"password": "correct horse"},
	})
	f.edit("v1", "secrets", "token", `{"data":{"password":"c3RvbGVu"}}`)
	read := f.refresh(made)
	if is := nested(read.Inputs, "stringData", "password"); !is.IsString() || is.StringValue() != "stolen" {
		t.Errorf("the inputs say %v", is)
	}
	if !read.Inputs["stringData"].IsSecret() || !read.Outputs["data"].IsSecret() {
		t.Error("the data is not secret")
	}
	if drifted := f.drifted(made); len(drifted) != 1 {
		t.Errorf("the drift is %v", drifted)
	}
}

func TestWithoutTheRightToADryRunDriftIsToldFromTheState(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	reader := f.asReader("apps", "deployments")
	if drifted := reader.drifted(made); len(drifted) != 0 {
		t.Errorf("an untouched object has drifted: %v", drifted)
	}
	f.edit("apps/v1", "deployments", "web", `{"spec":{"replicas":4}}`)
	if drifted := reader.drifted(made); len(drifted) != 1 {
		t.Errorf("the drift is %v", drifted)
	}
}

func TestWhatHasGoneReadsAsNothing(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(configMapToken, "app", configMap("app", f.namespace, nil))
	if err := f.tryDelete(made, 0); err != nil {
		t.Fatal(err)
	}
	if read := f.refresh(made); read.ID != "" || read.Outputs != nil {
		t.Errorf("it reads as %+v", read)
	}
	made.token, made.urn = "kubernetes:nowhere.test/v1:Thing", urnOf("kubernetes:nowhere.test/v1:Thing", "t")
	made.inputs = resource.NewPropertyMapFromMap(map[string]any{"apiVersion": "nowhere.test/v1", "kind": "Thing"})
	made.outputs = nil
	if read := f.refresh(made); read.ID != "" {
		t.Errorf("an object whose definition has gone reads as %+v", read)
	}
}

func TestImportByNamespaceAndName(t *testing.T) {
	f := newFixture(t, nil)
	f.put("v1", "configmaps", f.namespace, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": "1"},
		"metadata": map[string]any{"name": "theirs", "annotations": map[string]any{annotationLastApplied: `{"data":"x"}`}},
	})
	imported := resourceState{token: configMapToken, urn: urnOf(configMapToken, "mine"), id: resource.ID(f.namespace + "/theirs")}
	read := f.refresh(imported)
	want := resource.NewPropertyMapFromMap(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": "1"}, "metadata": map[string]any{
			"name": "theirs", "namespace": f.namespace,
		},
	})
	if !read.Inputs.DeepEquals(want) {
		t.Errorf("the inputs are %v", read.Inputs)
	}
	imported.inputs, imported.outputs = read.Inputs, read.Outputs
	if answer, _ := f.diff(imported, configMap("theirs", f.namespace, map[string]any{"a": "1"})); answer.Changes != plugin.DiffNone {
		t.Errorf("the program that says the same differs: %+v", answer)
	}
}

func TestAProgramNeedNotSpellOutWhatAnImportedObjectHasByDefault(t *testing.T) {
	f := newFixture(t, nil)
	theirs := quietDeployment("theirs", f.namespace, 1)
	theirs["apiVersion"], theirs["kind"] = "apps/v1", "Deployment"
	f.put("apps/v1", "deployments", f.namespace, jsonLike(theirs))
	imported := resourceState{token: deploymentToken, urn: urnOf(deploymentToken, "mine"), id: resource.ID(f.namespace + "/theirs")}
	read := f.refresh(imported)
	imported.inputs, imported.outputs = read.Inputs, read.Outputs
	if answer, _ := f.diff(imported, quietDeployment("theirs", f.namespace, 1)); answer.Changes != plugin.DiffNone {
		t.Errorf("the program that says the same differs: %+v", answer)
	}
}

func TestAnIdWithoutANameIsRefused(t *testing.T) {
	urn := urnOf(configMapToken, "app")
	_, err := New(nil).Read(t.Context(), plugin.ReadRequest{URN: urn, Type: urn.Type(), ID: ""})
	mustSay(t, err, "namespace/name")
}
