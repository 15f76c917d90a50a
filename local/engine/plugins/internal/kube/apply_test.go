package kube

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestCreateAppliesAndKeepsWhatTheClusterMadeOfIt(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", deployment("web", f.namespace, 0, map[string]any{annotationSkipAwait: "true"}))
	if made.id != resource.ID(f.namespace+"/web") {
		t.Errorf("the id is %s", made.id)
	}
	live, err := f.get("apps/v1", "deployments", "web")
	if err != nil {
		t.Fatal(err)
	}
	managers := live.GetManagedFields()
	if len(managers) != 1 || managers[0].Manager != "pulumi-kubernetes" || managers[0].Operation != "Apply" {
		t.Errorf("managed by %+v", managers)
	}
	outputs, _ := objectOf(made.outputs)
	if outputs.GetUID() != live.GetUID() || outputs.GetUID() == "" {
		t.Errorf("the outputs carry UID %q, the cluster %q", outputs.GetUID(), live.GetUID())
	}
	if strategy, _, _ := unstructured.NestedString(outputs.Object, "spec", "strategy", "type"); strategy != "RollingUpdate" {
		t.Errorf("the default strategy is not in the outputs: %q", strategy)
	}
	if len(outputs.GetManagedFields()) != 0 {
		t.Error("managedFields are in the state")
	}
}

func TestCreateFillsApiVersionAndKindFromTheType(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(
		"kubernetes:core/v1:ServiceAccount", "robot", map[string]any{"metadata": map[string]any{"name": "robot", "namespace": f.namespace}},
	)
	if made.inputs["apiVersion"].StringValue() != "v1" || made.inputs["kind"].StringValue() != "ServiceAccount" {
		t.Errorf("apiVersion and kind are %v and %v", made.inputs["apiVersion"], made.inputs["kind"])
	}
}

func TestCreateOfWhatExistsIsRefusedAlreadyAtPreview(t *testing.T) {
	f := newFixture(t, nil)
	f.put("v1", "configmaps", f.namespace, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "taken"}, "data": map[string]any{"theirs": "1"},
	})
	for _, preview := range []bool{true, false} {
		_, err := f.tryCreate(configMapToken, "taken", configMap("taken", f.namespace, map[string]any{"ours": "1"}), preview)
		mustSay(
			t, err, "exists already", `"another-client"`, "pulumi import kubernetes:core/v1:ConfigMap taken "+f.namespace+"/taken",
			"upsertExistingObjects",
		)
	}
	live, _ := f.get("v1", "configmaps", "taken")
	if data, _, _ := unstructured.NestedStringMap(live.Object, "data"); len(data) != 1 {
		t.Errorf("the object was changed: %v", data)
	}
}

func TestUpsertExistingObjectsTakesOverWhatExists(t *testing.T) {
	f := newFixture(t, map[string]any{"upsertExistingObjects": true})
	f.put("v1", "configmaps", f.namespace, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "taken"}, "data": map[string]any{"theirs": "1"},
	})
	f.create(configMapToken, "taken", configMap("taken", f.namespace, map[string]any{"ours": "1"}))
	live, _ := f.get("v1", "configmaps", "taken")
	if data, _, _ := unstructured.NestedStringMap(live.Object, "data"); len(data) != 2 {
		t.Errorf("data is %v", data)
	}
}

func TestACreateThatWasKilledIsTakenUpAgain(t *testing.T) {
	f := newFixture(t, nil)
	inputs := configMap("half", f.namespace, map[string]any{"a": "1"})
	first := f.create(configMapToken, "half", inputs)
	// The engine was killed before it wrote the state: the next run creates again.
	second := f.anew().create(configMapToken, "half", inputs)
	before, _ := objectOf(first.outputs)
	after, _ := objectOf(second.outputs)
	if before.GetUID() != after.GetUID() {
		t.Error("the object was made a second time")
	}
}

func TestARenamedResourceDoesNotDeleteItsObject(t *testing.T) {
	f := newFixture(t, map[string]any{"upsertExistingObjects": true})
	inputs := configMap("kept", f.namespace, map[string]any{"a": "1"})
	old := f.create(configMapToken, "old", inputs)
	next := f.anew()
	next.create(configMapToken, "new", inputs)
	if err := next.tryDelete(old, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := f.get("v1", "configmaps", "kept"); err != nil {
		t.Errorf("the object has gone with its old name: %v", err)
	}
	if !strings.Contains(next.host.text(), "alias") {
		t.Errorf("no warning asks for an alias: %q", next.host.text())
	}
}

func TestUpdateChangesAndRemovesOnlyWhatIsOurs(t *testing.T) {
	f := newFixture(t, map[string]any{"enableConfigMapMutable": true})
	made := f.create(configMapToken, "app", configMap("app", f.namespace, map[string]any{"a": "1", "b": "1"}))
	f.edit("v1", "configmaps", "app", `{"data":{"theirs":"1"}}`)
	f.update(made, configMap("app", f.namespace, map[string]any{"a": "2"}))
	live, _ := f.get("v1", "configmaps", "app")
	data, _, _ := unstructured.NestedStringMap(live.Object, "data")
	if data["a"] != "2" || data["theirs"] != "1" || len(data) != 2 {
		t.Errorf("data is %v", data)
	}
}

func TestUpdateMakesAnObjectAnewThatHasGone(t *testing.T) {
	f := newFixture(t, map[string]any{"enableConfigMapMutable": true})
	made := f.create(configMapToken, "app", configMap("app", f.namespace, map[string]any{"a": "1"}))
	if err := f.tryDelete(made, 0); err != nil {
		t.Fatal(err)
	}
	f.update(made, configMap("app", f.namespace, map[string]any{"a": "2"}))
	if _, err := f.get("v1", "configmaps", "app"); err != nil {
		t.Error(err)
	}
}

func TestAConflictNamesManagersFieldsAndTheAnnotation(t *testing.T) {
	f := newFixture(t, map[string]any{"enableConfigMapMutable": true})
	made := f.create(configMapToken, "app", configMap("app", f.namespace, map[string]any{"a": "1"}))
	f.edit("v1", "configmaps", "app", `{"data":{"a":"theirs"}}`)
	wanted := configMap("app", f.namespace, map[string]any{"a": "2"})
	for _, preview := range []bool{true, false} {
		_, err := f.tryUpdate(made, wanted, preview)
		mustSay(t, err, `"another-client"`, "data.a", `pulumi.com/patchForce: "true"`, f.namespace+"/app")
	}
	wanted["metadata"].(map[string]any)["annotations"] = map[string]any{annotationPatchForce: "true"}
	f.update(made, wanted)
	live, _ := f.get("v1", "configmaps", "app")
	if is, _, _ := unstructured.NestedString(live.Object, "data", "a"); is != "2" {
		t.Errorf("patchForce did not win: %q", is)
	}
}

func TestEnablePatchForceOfTheProviderWinsConflicts(t *testing.T) {
	f := newFixture(t, map[string]any{"enableConfigMapMutable": true, "enablePatchForce": "true"})
	made := f.create(configMapToken, "app", configMap("app", f.namespace, map[string]any{"a": "1"}))
	f.edit("v1", "configmaps", "app", `{"data":{"a":"theirs"}}`)
	f.update(made, configMap("app", f.namespace, map[string]any{"a": "2"}))
}

func TestTheFieldManagerCanBeNamedAndRenamed(t *testing.T) {
	f := newFixture(t, map[string]any{"enableConfigMapMutable": true})
	named := func(manager string, data map[string]any) map[string]any {
		inputs := configMap("app", f.namespace, data)
		inputs["metadata"].(map[string]any)["annotations"] = map[string]any{annotationPatchFieldManager: manager}
		return inputs
	}
	made := f.create(configMapToken, "app", named("first", map[string]any{"a": "1", "b": "1"}))
	f.update(made, named("second", map[string]any{"a": "1"}))
	live, _ := f.get("v1", "configmaps", "app")
	var managers []string
	for _, entry := range live.GetManagedFields() {
		managers = append(managers, entry.Manager)
	}
	if !slices.Equal(managers, []string{"second"}) {
		t.Errorf("managers are %v", managers)
	}
	if data, _, _ := unstructured.NestedStringMap(live.Object, "data"); len(data) != 1 {
		t.Errorf("what only the first manager owned is still there: %v", data)
	}
}

func TestIgnoredFieldsOfOthersAreNeitherChangedNorClaimed(t *testing.T) {
	f := newFixture(t, nil)
	quiet := map[string]any{annotationSkipAwait: "true"}
	made := f.create(deploymentToken, "web", deployment("web", f.namespace, 1, quiet))
	f.edit("apps/v1", "deployments", "web", `{"spec":{"replicas":5}}`)
	// The engine puts the old value of an ignored property into the new inputs.
	wanted := deployment("web", f.namespace, 1, map[string]any{annotationSkipAwait: "true", "note": "new"})
	if _, err := f.tryUpdate(made, wanted, false, "spec.replicas"); err != nil {
		t.Fatal(err)
	}
	live, _ := f.get("apps/v1", "deployments", "web")
	if replicas, _, _ := unstructured.NestedInt64(live.Object, "spec", "replicas"); replicas != 5 {
		t.Errorf("replicas are %d", replicas)
	}
	if ownsUnder(ownedBy(live, defaultFieldManager), pathTo("spec", "replicas")) {
		t.Error("the ignored field was claimed")
	}
}

func TestAPatchSetsFieldsOfAnObjectAndGivesThemUpAgain(t *testing.T) {
	f := newFixture(t, nil)
	f.put("v1", "configmaps", f.namespace, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "theirs"}, "data": map[string]any{"theirs": "1"},
	})
	made := f.create("kubernetes:core/v1:ConfigMapPatch", "patch", configMap("theirs", f.namespace, map[string]any{"ours": "1"}))
	live, _ := f.get("v1", "configmaps", "theirs")
	if data, _, _ := unstructured.NestedStringMap(live.Object, "data"); len(data) != 2 {
		t.Errorf("data is %v", data)
	}
	if err := f.tryDelete(made, 0); err != nil {
		t.Fatal(err)
	}
	live, err := f.get("v1", "configmaps", "theirs")
	if err != nil {
		t.Fatal(err)
	}
	if data, _, _ := unstructured.NestedStringMap(live.Object, "data"); len(data) != 1 || data["theirs"] != "1" {
		t.Errorf("after the patch was deleted data is %v", data)
	}
}

func TestPreviewChangesNothing(t *testing.T) {
	f := newFixture(t, map[string]any{"enableConfigMapMutable": true})
	previewed, err := f.tryCreate(configMapToken, "app", configMap("app", f.namespace, map[string]any{"a": "1"}), true)
	if err != nil {
		t.Fatal(err)
	}
	if uid := nested(previewed.outputs, "metadata", "uid"); !uid.IsNull() {
		t.Errorf("the preview promises a UID: %v", uid)
	}
	if _, err := f.get("v1", "configmaps", "app"); !isNotFound(err) {
		t.Errorf("the preview made the object: %v", err)
	}
	made := f.create(configMapToken, "app", configMap("app", f.namespace, map[string]any{"a": "1"}))
	if _, err := f.tryUpdate(made, configMap("app", f.namespace, map[string]any{"a": "2"}), true); err != nil {
		t.Fatal(err)
	}
	live, _ := f.get("v1", "configmaps", "app")
	if is, _, _ := unstructured.NestedString(live.Object, "data", "a"); is != "1" {
		t.Errorf("the preview changed the object to %q", is)
	}
}

func TestPreviewWithUnknownValuesReturnsTheInputs(t *testing.T) {
	f := newFixture(t, nil)
	counter := f.count()
	inputs := f.check(configMapToken, "app", configMap("app", f.namespace, map[string]any{"a": "1"}), nil)
	inputs["data"].ObjectValue()["b"] = resource.MakeComputed(resource.NewStringProperty(""))
	urn := urnOf(configMapToken, "app")
	answer, err := f.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: inputs, Preview: true})
	if err != nil {
		t.Fatal(err)
	}
	if !nested(answer.Properties, "data", "b").IsComputed() {
		t.Errorf("the unknown value became %v", answer.Properties)
	}
	if requests := counter.seen(); len(requests) != 0 {
		t.Errorf("the cluster was asked: %v", requests)
	}
}

func TestEveryApplyAsksForStrictValidation(t *testing.T) {
	f := newFixture(t, nil)
	counter := f.count()
	f.create(configMapToken, "app", configMap("app", f.namespace, nil))
	applies := 0
	for _, request := range counter.seen() {
		if strings.HasPrefix(request, "PATCH ") {
			applies++
			if !strings.Contains(request, "fieldValidation=Strict") || !strings.Contains(request, "fieldManager=pulumi-kubernetes") {
				t.Errorf("it sends %s", request)
			}
		}
	}
	if applies != 1 {
		t.Errorf("it sends %v", counter.seen())
	}
}
