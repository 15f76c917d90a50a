package kube

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

func quietDeployment(name, namespace string, replicas int) map[string]any {
	return deployment(name, namespace, replicas, map[string]any{annotationSkipAwait: "true"})
}

func TestEqualInputsAreNoDifferenceAndAskNothingOfTheCluster(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	next := f.anew()
	counter := next.count()
	answer, _ := next.diff(made, quietDeployment("web", f.namespace, 1))
	if answer.Changes != plugin.DiffNone {
		t.Errorf("the diff is %+v", answer)
	}
	if requests := counter.seen(); len(requests) != 0 {
		t.Errorf("the cluster was asked: %v", requests)
	}
}

func TestAnEqualCustomResourceWithoutANamespaceAsksNothingOfTheCluster(t *testing.T) {
	f := newFixture(t, nil)
	kind := f.create(definitionToken, "parts", definition("parts", "Part", "Namespaced"))
	t.Cleanup(func() { _ = f.tryDelete(kind, 0) })
	inputs := map[string]any{"metadata": map[string]any{"name": "p-" + shortHash(t.Name())}, "spec": map[string]any{"size": 1}}
	made := f.create("kubernetes:example.test/v1:Part", "p", inputs)
	t.Cleanup(func() { _ = f.tryDelete(made, 0) })
	if made.id != resource.ID("default/p-"+shortHash(t.Name())) {
		t.Errorf("the id is %s", made.id)
	}
	next := f.anew()
	counter := next.count()
	if answer, _ := next.diff(made, inputs); answer.Changes != plugin.DiffNone {
		t.Errorf("the diff is %+v", answer)
	}
	if requests := counter.seen(); len(requests) != 0 {
		t.Errorf("the cluster was asked: %v", requests)
	}
}

func TestADifferenceCarriesThePathsThatChange(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	wanted := quietDeployment("web", f.namespace, 2)
	wanted["metadata"].(map[string]any)["labels"] = map[string]any{"tier": "front"}
	answer, _ := f.diff(made, wanted)
	if len(answer.DetailedDiff) != 2 || answer.DetailedDiff["spec.replicas"].Kind != plugin.DiffUpdate ||
		answer.DetailedDiff["metadata.labels"].Kind != plugin.DiffAdd {
		t.Errorf("the paths are %v", answer.DetailedDiff)
	}
	if answer.Replace() || answer.DeleteBeforeReplace {
		t.Error("it would be replaced")
	}
}

func TestAnotherWayToWriteAValueIsNoDifference(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	wanted := quietDeployment("web", f.namespace, 1)
	template := wanted["spec"].(map[string]any)["template"].(map[string]any)
	container := template["spec"].(map[string]any)["containers"].([]any)[0].(map[string]any)
	container["resources"] = map[string]any{"requests": map[string]any{"cpu": "1"}}
	if answer, _ := f.diff(made, wanted); answer.Changes != plugin.DiffNone {
		t.Errorf("the diff is %+v", answer)
	}
}

func TestClaimingAFieldThatHasItsDefaultIsADifference(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	wanted := quietDeployment("web", f.namespace, 1)
	wanted["spec"].(map[string]any)["revisionHistoryLimit"] = 10
	answer, _ := f.diff(made, wanted)
	if answer.DetailedDiff["spec.revisionHistoryLimit"].Kind != plugin.DiffAdd || len(answer.DetailedDiff) != 1 {
		t.Errorf("the diff is %+v", answer)
	}
}

func TestIgnoredPathsAreNoDifference(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	if answer, _ := f.diff(made, quietDeployment("web", f.namespace, 2), "spec.replicas"); answer.Changes != plugin.DiffNone {
		t.Errorf("the diff is %+v", answer)
	}
}

func TestFieldsThatCannotChangeReplaceTheObject(t *testing.T) {
	f := newFixture(t, nil)
	selector := func(inputs map[string]any) {
		labels := map[string]any{"app": "other"}
		inputs["spec"].(map[string]any)["selector"] = map[string]any{"matchLabels": labels}
		inputs["spec"].(map[string]any)["template"].(map[string]any)["metadata"] = map[string]any{"labels": labels}
	}
	rename := func(inputs map[string]any) { inputs["metadata"].(map[string]any)["name"] = "other" }
	move := func(inputs map[string]any) { inputs["metadata"].(map[string]any)["namespace"] = "default" }
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	for name, c := range map[string]struct {
		change      func(map[string]any)
		path        string
		deleteFirst bool
	}{
		"selector":  {selector, "spec.selector.matchLabels.app", true},
		"name":      {rename, "metadata.name", false},
		"namespace": {move, "metadata.namespace", false},
	} {
		t.Run(name, func(t *testing.T) {
			wanted := quietDeployment("web", f.namespace, 1)
			c.change(wanted)
			answer, _ := f.diff(made, wanted)
			if !answer.DetailedDiff[c.path].Kind.IsReplace() || answer.DeleteBeforeReplace != c.deleteFirst {
				t.Errorf("the diff is %+v", answer)
			}
		})
	}
}

func TestAFieldThatOnlyTheServerKnowsToBeImmutableReplacesTheObject(t *testing.T) {
	f := newFixture(t, nil)
	inputs := func(deadline int) map[string]any {
		return map[string]any{
			"metadata": map[string]any{"name": "class-" + shortHash(t.Name())}, "value": deadline, "globalDefault": false,
		}
	}
	made := f.create("kubernetes:scheduling.k8s.io/v1:PriorityClass", "class", inputs(1))
	t.Cleanup(func() { _ = f.tryDelete(made, 0) })
	answer, _ := f.diff(made, inputs(2))
	if !answer.DetailedDiff["value"].Kind.IsReplace() || !answer.DeleteBeforeReplace {
		t.Errorf("the diff is %+v", answer)
	}
}

func TestTheDryRunOfAReplacementDoesNotStumbleOverTheOldObject(t *testing.T) {
	f := newFixture(t, nil)
	inputs := func(value int) map[string]any {
		return map[string]any{"metadata": map[string]any{"name": "class-" + shortHash(t.Name())}, "value": value}
	}
	token := "kubernetes:scheduling.k8s.io/v1:PriorityClass"
	made := f.create(token, "class", inputs(1))
	t.Cleanup(func() { _ = f.tryDelete(made, 0) })
	f.diff(made, inputs(2))
	if _, err := f.tryCreate(token, "class", inputs(2), true); err != nil {
		t.Error(err)
	}
}

func TestAValueThatIsWrongInItselfIsNoReplacement(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	answer, _ := f.diff(made, quietDeployment("web", f.namespace, -1))
	if answer.Replace() || answer.Changes != plugin.DiffSome {
		t.Errorf("the diff is %+v", answer)
	}
	_, err := f.tryUpdate(made, quietDeployment("web", f.namespace, -1), true)
	mustSay(t, err, "spec.replicas", "greater than or equal to 0")
}

func TestTheDataOfAConfigMapReplacesItUnlessTheProviderSaysOtherwise(t *testing.T) {
	for _, mutable := range []bool{false, true} {
		t.Run(fmt.Sprintf("enableConfigMapMutable=%v", mutable), func(t *testing.T) {
			f := newFixture(t, map[string]any{"enableConfigMapMutable": mutable})
			made := f.create(configMapToken, "app", configMap("app", f.namespace, map[string]any{"a": "1"}))
			answer, _ := f.diff(made, configMap("app", f.namespace, map[string]any{"a": "2"}))
			if answer.Replace() == mutable || answer.DeleteBeforeReplace == mutable {
				t.Errorf("the diff is %+v", answer)
			}
		})
	}
}

func TestAnAutonamedObjectIsReplacedBesideTheOldOne(t *testing.T) {
	f := newFixture(t, nil)
	inputs := func(a string) map[string]any {
		return map[string]any{"metadata": map[string]any{"namespace": f.namespace}, "data": map[string]any{"a": a}}
	}
	made := f.create(configMapToken, "auto", inputs("1"))
	answer, _ := f.diff(made, inputs("2"))
	if !answer.Replace() || answer.DeleteBeforeReplace {
		t.Errorf("the diff is %+v", answer)
	}
}

func TestAnUnknownValueIsADifferenceThatNeedsNoDryRun(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	checked := f.check(deploymentToken, "web", quietDeployment("web", f.namespace, 1), made.inputs)
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	checked["spec"].ObjectValue()["selector"] = unknown
	answer, err := f.Diff(t.Context(), plugin.DiffRequest{
		URN: made.urn, Type: made.urn.Type(), ID: made.id, OldInputs: made.inputs, OldOutputs: made.outputs, NewInputs: checked,
	})
	if err != nil {
		t.Fatal(err)
	}
	if !answer.DetailedDiff["spec.selector"].Kind.IsReplace() {
		t.Errorf("the diff is %+v", answer)
	}
}

func TestAChangeOfTheGroupReplacesAndOneOfTheVersionDoesNot(t *testing.T) {
	olds := resource.NewPropertyMapFromMap(
		map[string]any{"apiVersion": "old.test/v1", "kind": "Thing", "metadata": map[string]any{"name": "a"}},
	)
	for apiVersion, replaces := range map[string]bool{"new.test/v1": true, "old.test/v2": false} {
		news := olds.Copy()
		news["apiVersion"] = resource.NewStringProperty(apiVersion)
		urn := urnOf("kubernetes:old.test/v1:Thing", "a")
		answer, err := New(nil).Diff(t.Context(), plugin.DiffRequest{URN: urn, Type: urn.Type(), ID: "a", OldInputs: olds, NewInputs: news})
		if err != nil {
			t.Fatal(err)
		}
		if answer.Replace() != replaces {
			t.Errorf("to %s: %+v", apiVersion, answer)
		}
	}
}

func TestASecretWrappingIsNoDifference(t *testing.T) {
	plainInputs := resource.NewPropertyMapFromMap(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"a": "1"}})
	wrapped := plainInputs.Copy()
	wrapped["data"] = resource.MakeSecret(wrapped["data"])
	if changes := changedPaths(plainInputs, wrapped, nil); len(changes) != 0 {
		t.Errorf("the changes are %v", changes)
	}
}

func TestChangedKeysNameTheTopOfEachPath(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	answer, _ := f.diff(made, quietDeployment("web", f.namespace, 3))
	if !slices.Equal(answer.ChangedKeys, []resource.PropertyKey{"spec"}) {
		t.Errorf("the keys are %v", answer.ChangedKeys)
	}
}
